/**
 * A share of the fuzzer (test/fuzz/fuzz.ts): other people's bytes through every door of the program, without a stack
 * trace, a hang or a changed prototype. KW_TEST_SEED plays a seed again.
 */
import { expect, test } from 'vitest';
import { inputOf } from './input.js';
import { judge, type Wrong } from './judge.js';
import { randomOf } from './random.js';
import { shrink } from './shrink.js';
import type { Target } from './target.js';
import { targets } from './targets/index.js';

/** The same every day, so that what is red is what was changed; the command looks for more. */
const seed = Number(process.env.KW_TEST_SEED ?? 13);
/** By number, so that every machine tries the same; a very slow one stops before it is a burden. */
const share = 280;
const ms = 60_000;

test(`nothing of what others say ends in a stack trace (seed ${seed})`, async () => {
  const end = Date.now() + ms;
  const found: string[] = [];
  for (let n = seed; n < seed + share && Date.now() < end && found.length === 0; n++) {
    const target = targets[n % targets.length] as Target;
    const wrong = await judge(target, inputOf(target, n));
    // On a busy machine one slow input proves nothing; the long run watches for those.
    if (wrong && wrong.kind !== 'slow') found.push(`--play ${target.name}:${n}\n${wrong.bug}\n${wrong.stack}`);
  }
  expect(found).toEqual([]);
});

const door = (run: Target['run']): Target => ({ name: 'door', form: 'text', examples: () => ['x'], run });
const wrongOf = (run: Target['run']): Promise<Wrong | undefined> => judge(door(run), 'x');

test('the fuzzer sees what it looks for', async () => {
  expect(await wrongOf(() => {})).toBeUndefined();
  expect(await wrongOf(text => JSON.parse(text))).toMatchObject({ kind: 'thrown' });
  const polluted = await wrongOf(() => {
    Object.assign(Object.getPrototypeOf({}), { polluted: 'yes' });
  });
  delete (Object.prototype as { polluted?: unknown }).polluted;
  expect(polluted).toMatchObject({ kind: 'polluted' });
  const busy = door(() => {
    const begun = process.cpuUsage();
    while (process.cpuUsage(begun).user < 100_000);
  });
  expect(await judge(busy, 'x', 50)).toMatchObject({ kind: 'slow' });
});

test('a seed is one input, and an input is shrunk to what matters', async () => {
  const [target] = targets;
  if (!target) throw new Error('no targets');
  expect(inputOf(target, 7)).toBe(inputOf(target, 7));
  expect(new Set(Array.from({ length: 20 }, (_, n) => inputOf(target, n))).size).toBeGreaterThan(15);
  expect(await shrink(`${'a'.repeat(500)}X${'b'.repeat(500)}`, async text => text.includes('X'))).toBe('X');
  expect(randomOf(1).below(1000)).toBe(randomOf(1).below(1000));
});
