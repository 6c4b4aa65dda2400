/** After a cure: what goes by itself within a minute is waited for, and what was broken before is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Sign } from '../../src/clinic/examine/unexplained/index.js';
import { heal } from '../../src/engine/heal/index.js';
import { caseOf, partsIn, worldOf } from './heal-world.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-settle-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const notReady: Sign = { kind: 'node', host: 'a', subject: { node: 'a' }, says: '', shows: [], next: '' };

interface Story {
  /** Seconds after the start at which the node is not ready any more: from, and until. */
  readonly broken: readonly [number, number];
  readonly chosen?: readonly string[];
}

const healed = async ({ broken: [from, until], chosen = [] }: Story) => {
  const world = worldOf('one');
  world.onAct = () => world.ills.clear();
  const parts = partsIn(dir, world, [caseOf('one', world)], { chosen });
  const { exitCode } = await heal({
    ...parts,
    examine: async () => {
      const seen = await parts.examine();
      if (world.seconds < from || world.seconds >= until) return seen;
      return { ...seen, report: { ...seen.report, verdict: 'ill', unexplained: [notReady] } };
    },
    act: async (...all) => {
      world.seconds = Math.max(world.seconds, 1);
      await parts.act(...all);
    },
  });
  return [exitCode, world.seconds] as const;
};

test('a sign that came with the cure and goes within the time for it is waited for', async () => {
  const [exitCode, seconds] = await healed({ broken: [1, 7] });
  expect([exitCode, seconds >= 7 && seconds < 10]).toEqual([0, true]);
});

test('one that stays makes the cluster ill without a cause, after that time', async () => {
  const [exitCode, seconds] = await healed({ broken: [1, 1000] });
  expect([exitCode, seconds > 10 && seconds < 15]).toEqual([2, true]);
});

test('one that was there before the cure is not waited for', async () => {
  const [exitCode, seconds] = await healed({ broken: [0, 1000] });
  expect([exitCode, seconds < 3]).toEqual([2, true]);
});

test('who chose a case waits for nothing else', async () => {
  const [exitCode, seconds] = await healed({ broken: [1, 1000], chosen: ['one'] });
  expect([exitCode, seconds < 3]).toEqual([0, true]);
});
