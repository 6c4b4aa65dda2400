import type { Script } from '../../shell/sh.js';

/** What a proof needs of the world; a session gives it. */
export interface World {
  request(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Runs a script as root on a host. */
  run(
    host: string,
    script: Script,
    timeoutMs?: number,
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

/** One question of the proof; throws `Disproved` with what was seen. */
export interface Proof {
  readonly name: string;
  readonly says: string;
  check(): Promise<string>;
}

export class Disproved extends Error {}

/** The same world, that answers nothing more once the signal is aborted: whoever asks it in a loop ends. */
export const whileWanted = (world: World, signal: AbortSignal | undefined): World => {
  const wanted = async <T>(ask: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    return ask();
  };
  return {
    request: (...asked) => wanted(() => world.request(...asked)),
    run: (...asked) => wanted(() => world.run(...asked)),
  };
};

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** Asks until the answer is not undefined, or the time is up: then `Disproved` with what `late` says. */
export async function until<T>(seconds: number, ask: () => Promise<T | undefined>, late: () => string): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Disproved(late());
    await pause(200);
  }
}
