/** A time limit that stands still while a person is asked, and that a caller may cut short. */
import type { WorldFailed } from '../model/event.js';

export interface Deadline {
  /** The promise, or the failure when the time is up or the signal comes first. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** The time stands still until `question` is answered: who asks often gets no more of it. */
  pauseFor<T>(question: Promise<T>): Promise<T>;
  readonly signal: AbortSignal;
  stop(): void;
}

export const deadline = (
  ms: number,
  late: () => WorldFailed,
  interrupted: () => WorldFailed,
  outer: AbortSignal | undefined,
): Deadline => {
  const inner = new AbortController();
  const { over, give } = ending(inner);
  const abort = () => give(interrupted());
  outer?.addEventListener('abort', abort);
  if (outer?.aborted) abort();
  let left = ms;
  let since = performance.now();
  const begin = () => {
    since = performance.now();
    return setTimeout(() => give(late()), left);
  };
  let timer = begin();
  return {
    signal: inner.signal,
    race: promise => Promise.race([promise, over]),
    async pauseFor(question) {
      clearTimeout(timer);
      left = Math.max(0, left - (performance.now() - since));
      try {
        return await question;
      } finally {
        if (!inner.signal.aborted) timer = begin();
      }
    },
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    },
  };
};

/** Rejects once it is given a reason, and never for nobody. */
const ending = (inner: AbortController) => {
  let give: (error: WorldFailed) => void = () => {};
  const over = new Promise<never>((_, reject) => {
    give = error => {
      reject(error);
      inner.abort();
    };
  });
  over.catch(() => {});
  return { over, give };
};
