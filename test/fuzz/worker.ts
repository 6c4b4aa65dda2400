/** Tries inputs until it is told to end; its owner sees at which one it is, and that it goes on. */
import { parentPort, workerData } from 'node:worker_threads';
import { inputOf } from './input.js';
import { judge, type Wrong } from './judge.js';
import { targets } from './targets/index.js';

export interface Task {
  readonly seed: number;
  readonly only: readonly number[];
  /** The number of the input that is being tried, which its owner watches; and how many were tried. */
  readonly at: Int32Array;
}
export interface Found {
  readonly target: string;
  readonly seed: number;
  readonly wrong: Wrong;
}

const { seed, only, at } = workerData as Task;
for (let n = seed; ; n++) {
  Atomics.store(at, 0, n);
  const target = targets[only[n % only.length] ?? 0];
  if (!target) throw new Error('no such target');
  const wrong = await judge(target, inputOf(target, n));
  if (wrong) parentPort?.postMessage({ target: target.name, seed: n, wrong } satisfies Found);
  Atomics.add(at, 1, 1);
}
