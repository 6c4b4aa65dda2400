/**
 * Tries again what may pass by itself, and nothing else: a refusal or a wrong digest does not get better by asking
 * twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled for each further one. */
  readonly firstDelay: number;
  /** Milliseconds without a byte after which a connection counts as stalled. */
  readonly stall: number;
}

export const defaultRetry: RetryPolicy = { attempts: 4, firstDelay: 500, stall: 30_000 };
/** For asking whether a site is there at all. */
export const oneQuickAttempt: RetryPolicy = { attempts: 1, firstDelay: 0, stall: 5_000 };

/** An attempt that failed in a way that may pass by itself. */
export class Transient extends Error {
  readonly final: Error;
  constructor(final: Error) {
    super(final.message);
    this.final = final;
  }
}

export async function retrying<T>(policy: RetryPolicy, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      if (tried >= policy.attempts) throw error.final;
      await sleep(policy.firstDelay * 2 ** (tried - 1), undefined, signal ? { signal } : {});
    }
  }
}
