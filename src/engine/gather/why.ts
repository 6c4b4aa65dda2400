import { type FailureClass, WorldFailed } from '../../model/event.js';
import { ApiRefused } from '../../kube/failures.js';
import type { Evidence, MissingKind } from '../../model/fact.js';

/** Why something was not seen, for people and for programs. */
export type Unseen = Omit<Extract<Evidence, { missing: string }>, 'host' | 'source' | 'at'>;

/** An answer that says nothing: the world's fault, not ours. */
export class NoAnswer extends Error {}

/** Why something was not seen. A doctor goes on after a bug of ours too, but says that it was one. */
export const messageOf = (error: unknown): string => {
  if (error instanceof WorldFailed) return error.failure.message;
  return error instanceof NoAnswer
    ? error.message
    : `a bug of kw: ${error instanceof Error ? error.message : String(error)}`;
};

const kinds: Partial<Readonly<Record<FailureClass, MissingKind>>> = {
  timeout: 'timeout',
  unreachable: 'unreachable',
  auth: 'refused',
  refused: 'refused',
};

/** The same for programs. */
export const missingKind = (error: unknown): MissingKind =>
  error instanceof WorldFailed ? (kinds[error.failure.class] ?? 'unreadable') : 'unreadable';

export const unseen = (error: unknown): Unseen => ({
  missing: messageOf(error),
  kind: missingKind(error),
  ...(error instanceof ApiRefused && error.forbiddenTo !== undefined ? { forbiddenTo: error.forbiddenTo } : {}),
});
