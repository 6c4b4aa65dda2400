import type { ResourceId } from './resource.js';

/** Why the world failed. Each class has its own exit code (`exitCodes`). */
export type FailureClass = 'unreachable' | 'auth' | 'timeout' | 'exit' | 'refused' | 'drift' | 'unproven' | 'locked';

export interface Failure {
  readonly class: FailureClass;
  /** What the far end said, cut to 4 KiB, control characters escaped. */
  readonly message: string;
  readonly host?: string;
  /** Instead of `host`: the same happened to all of these, in the order of the file. */
  readonly hosts?: readonly string[];
  readonly step?: ResourceId;
  /** The next act. */
  readonly help?: string;
}

/** Why the new state does not serve, and what became of the old one: both on the first line, which all show. */
export const withPutBack = (failure: Failure, says: string): Failure => {
  const [first, ...rest] = String(failure.message).split('\n');
  return { ...failure, message: [`new: ${first}; ${says}`, ...rest].join('\n') };
};

/** A failure on its way up. */
export class WorldFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(`${failure.host ? `${failure.host}: ` : ''}${failure.message}`);
    this.name = 'WorldFailed';
    this.failure = failure;
  }
}

/** 0 done, 1 our bug, 2 changes or ill, 3 could not see enough; above: the world. 64: the user's mistake. */
export const exitCodes: Readonly<Record<FailureClass, number>> = {
  unreachable: 10,
  auth: 11,
  timeout: 12,
  exit: 13,
  refused: 14,
  drift: 15,
  unproven: 16,
  locked: 17,
};
