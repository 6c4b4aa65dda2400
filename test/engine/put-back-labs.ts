/** Simulated labs in folders of their own, which go after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { type Lab, lab, type Name, programs, type Shape, textOf } from './put-back-world.js';

let roots: string[] = [];
afterEach(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
  roots = [];
});

/** Hosts `kw-1` and so on, with nothing on them. */
export const emptyLab = (count: number, has?: readonly Name[], shape?: Shape): Lab => {
  const root = mkdtempSync(join(tmpdir(), 'kw-back-'));
  roots.push(root);
  const names = Array.from({ length: count }, (_, at) => `kw-${at + 1}`);
  return lab(root, names, has, shape);
};

export const labOf = async (...of: Parameters<typeof emptyLab>): Promise<Lab> => {
  const made = emptyLab(...of);
  expect((await made.up({})).outcome).toMatchObject({ ok: true });
  return made;
};

/** What runs and what would run, of every component on every host; and nothing is kept any more. */
export const asBefore = (l: Lab, has: readonly Name[] = programs, hosts: readonly string[] = l.names): void => {
  for (const host of hosts)
    for (const name of has) {
      expect([host, name, l.runs(host, name)]).toEqual([host, name, textOf(name)]);
      expect([host, name, l.disk(host, name)]).toEqual([host, name, textOf(name)]);
    }
  for (const host of hosts) expect([host, l.kept(host)]).toEqual([host, false]);
};

export const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Hosts do it by themselves, in their own time. */
export const settled = async (l: Lab): Promise<void> => {
  // Only whoever waits for ever has failed: a busy machine is slow.
  for (const end = Date.now() + 240_000; Date.now() < end && l.names.some(l.armed); ) await pause(100);
  expect(l.names.filter(l.armed)).toEqual([]);
};
