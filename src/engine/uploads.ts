/** What hosts fetch from the desk, as events: about one a second for each host and file, and one at its end. */
import type { EventBody } from '../model/event.js';
import type { Context } from './context.js';

export interface UploadParts extends Pick<Context, 'server' | 'clock'> {
  readonly hostAt?: (address: string) => string | undefined;
}

const everyMs = 1000;

/** Returns how to stop telling. */
export const tellUploads = ({ server, hostAt, clock }: UploadParts, emit: (body: EventBody) => void): (() => void) => {
  // When a transfer was last spoken of; what is over within a second is told by its end alone.
  const told = new Map<string, number>();
  const stop = server?.onProgress?.(({ remote, name, sha256, bytes, of }) => {
    const host = hostAt?.(remote);
    if (host === undefined) return;
    const [transfer, now] = [`${host} ${sha256}`, clock().getTime()];
    const ended = bytes >= of;
    const last = told.get(transfer);
    if (ended) told.delete(transfer);
    else if (last === undefined || now - last >= everyMs) told.set(transfer, now);
    if (ended || (last !== undefined && now - last >= everyMs)) emit({ type: 'upload', host, name, bytes, of });
  });
  return stop ?? (() => undefined);
};
