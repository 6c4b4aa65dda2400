/**
 * `node --import tsx test/fuzz/fuzz.ts --minutes N [--seed S] [--only target,target] [--play target:seed]`: other
 * people's bytes through every door of the program. A stack trace, a hang, more memory than a control machine has, or a
 * changed prototype is told with its seed and the shortest input found; the exit code is 1 then.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { inputOf } from './input.js';
import { judge, type Wrong } from './judge.js';
import { shrink } from './shrink.js';
import { targets } from './targets/index.js';
import type { Target } from './target.js';
import type { Found, Task } from './worker.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string' },
    play: { type: 'string' },
  },
});
/** No sign of life for so long is a hang, even on a busy machine. */
const hangMs = 90_000;
const memoryMb = 1_500;

const targetOf = (name: string): Target => {
  const target = targets.find(one => one.name === name);
  if (!target) throw new Error(`no target ${name}; there are ${targets.map(one => one.name).join(', ')}`);
  return target;
};
const only = values.only
  ? values.only.split(',').map(name => targets.indexOf(targetOf(name)))
  : targets.map((_, index) => index);

/** A thread of Node does not take tsx over from its owner. */
const start =
  `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => { register(); ` +
  `return import(${JSON.stringify(new URL('./worker.ts', import.meta.url))}); })`;

const told = new Set<string>();
const tell = async (target: Target, seed: number, wrong: Wrong, input?: string): Promise<void> => {
  if (told.has(wrong.bug)) return;
  told.add(wrong.bug);
  const short = input === undefined ? undefined : await shrunken(target, input, wrong);
  const shown = short === undefined ? '' : `\n  input (${short.length}): ${JSON.stringify(short.slice(0, 1500))}`;
  console.log(`\n${wrong.kind.toUpperCase()} ${target.name}:${seed}\n  ${wrong.bug}\n  ${wrong.stack}${shown}`);
};
const shrunken = (target: Target, input: string, wrong: Wrong): Promise<string> =>
  wrong.kind === 'thrown'
    ? shrink(input, async text => (await judge(target, text))?.bug === wrong.bug)
    : Promise.resolve(input);

/** One worker until the time is over or the worker is lost; the number at which to go on. */
const work = (from: number, end: number): Promise<number> =>
  new Promise(resolve => {
    const at = new Int32Array(new SharedArrayBuffer(8));
    const worker = new Worker(start, {
      eval: true,
      workerData: { seed: from, only, at } satisfies Task,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    let [last, since] = [-1, Date.now()];
    const current = () => Atomics.load(at, 0);
    const targetAt = (n: number) => targets[only[n % only.length] ?? 0] as Target;
    const stop = (next: number): void => {
      clearInterval(timer);
      tried += Atomics.load(at, 1);
      worker.terminate().then(() => telling.then(() => resolve(next)));
    };
    const lost = (kind: Wrong['kind'], bug: string): void => {
      const n = current();
      later(targetAt(n), n, { kind, bug: `${targetAt(n).name}: ${bug}`, stack: '' });
      stop(n + 1);
    };
    const timer = setInterval(() => {
      if (Date.now() > end) return stop(current());
      // It is still being loaded: on a busy machine that takes its time.
      if (current() === 0) since = Date.now();
      if (current() !== last) [last, since] = [current(), Date.now()];
      else if (Date.now() - since > hangMs) lost('slow', `no end within ${hangMs / 1000} s`);
    }, 1000);
    worker.on('message', ({ target, seed, wrong }: Found) => {
      const one = targetOf(target);
      later(one, seed, wrong, told.has(wrong.bug) ? undefined : inputOf(one, seed));
    });
    worker.on('error', error => lost('thrown', `${error.name}: ${error.message}`));
  });

let tried = 0;
let telling: Promise<void> = Promise.resolve();
const later = (...words: Parameters<typeof tell>): void => {
  telling = telling.then(() => tell(...words));
};

if (values.play) {
  const [name = '', seed = '0'] = values.play.split(':');
  const target = targetOf(name);
  const input = inputOf(target, Number(seed));
  const wrong = await judge(target, input);
  if (wrong) await tell(target, Number(seed), wrong, input);
} else {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
  const end = Date.now() + Number(values.minutes) * 60_000;
  console.log(`seed ${seed}, ${values.minutes} minutes, ${only.map(index => targets[index]?.name).join(' ')}`);
  for (let next = seed; Date.now() < end; ) next = await work(next, end);
  console.log(`\n${tried} inputs, ${told.size} kinds of trouble (seed ${seed})`);
}
process.exit(told.size > 0 ? 1 : 0);
