/** Failures of this folder: each names the thing, the fact and the next act. */
import { type FailureClass, WorldFailed } from '../model/event.js';

export const failed = (kind: FailureClass, message: string, help: string): WorldFailed =>
  new WorldFailed({ class: kind, message: message.slice(0, 4096), help });

/** What an unknown error says, with the cause that `fetch` hides below it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    error.cause instanceof Error ? `: ${(error.cause as NodeJS.ErrnoException).code ?? ''} ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
