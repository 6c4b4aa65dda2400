/**
 * What hosts fetch from the control machine, as events: about one a second for each host and file, and one at its end.
 */
import { basename } from 'node:path/posix';
import type { EventBody } from '../model/event.js';
import type { Step } from '../model/plan.js';
import type { Context } from './context.js';

export interface UploadParts extends Pick<Context, 'server' | 'clock'> {
  readonly hostAt?: (address: string) => string | undefined;
}

type Emit = (body: EventBody) => void;

/** Returns how to stop telling. */
export const tellUploads = ({ server, hostAt, clock }: UploadParts, emit: Emit): (() => void) => {
  const tell = paced(clock, emit);
  const stop = server?.onProgress?.(({ remote, name, sha256, bytes, of }) => {
    const host = hostAt?.(remote);
    if (host !== undefined) tell(host, sha256, name, bytes, of);
  });
  return stop ?? (() => undefined);
};

/** Of what one host is given in pieces through ssh, because it cannot fetch: called with the bytes that it has now. */
export const tellPieces = (
  host: string,
  steps: readonly Step[],
  clock: Context['clock'],
  emit: Emit,
): ((sha256: string, bytes: number) => void) => {
  const tell = paced(clock, emit);
  const files = new Map(
    steps.flatMap(step =>
      step.actions.flatMap(action =>
        action.do === 'fetch' ? [[action.sha256, { name: basename(step.key), of: action.size }] as const] : [],
      ),
    ),
  );
  return (sha256, bytes) => {
    const file = files.get(sha256);
    if (file) tell(host, sha256, file.name, Math.min(bytes, file.of), file.of);
  };
};

const everyMs = 1000;

const paced = (clock: Context['clock'], emit: Emit) => {
  // When a transfer was last spoken of; what is over within a second is told by its end alone.
  const told = new Map<string, number>();
  return (host: string, sha256: string, name: string, bytes: number, of: number): void => {
    const [transfer, now] = [`${host} ${sha256}`, clock().getTime()];
    const ended = bytes >= of;
    const last = told.get(transfer);
    if (ended) told.delete(transfer);
    else if (last === undefined || now - last >= everyMs) told.set(transfer, now);
    if (ended || (last !== undefined && now - last >= everyMs)) emit({ type: 'upload', host, name, bytes, of });
  };
};
