/**
 * Taking back does no harm: only what the therapy changed, only where it failed, and only what is still as it was left.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Case } from '../../src/clinic/case.js';
import { heal } from '../../src/engine/heal/index.js';
import { readInProgress } from '../../src/engine/heal/pending.js';
import { rollback } from '../../src/engine/heal/rollback.js';
import { hostSnapshotScript, markScript, rollbackScript } from '../../src/engine/heal/snapshot.js';
import { WorldFailed } from '../../src/model/event.js';
import { caseOf, partsIn, worldOf } from './heal-world.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-harm-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const takenBack = (scripts: readonly string[]): number =>
  scripts.filter(script => script.includes('nothing was kept in')).length;
const run = (script: string): string => execFileSync('sh', { input: script, encoding: 'utf8' });

test('a file that somebody has changed since stays as it is; the others come back', async () => {
  const [theirs, ours, folder] = [join(dir, 'theirs'), join(dir, 'ours'), join(dir, 'folder')];
  const touched = { host: 'a', paths: [theirs, ours, folder], units: [], sysctls: {} };
  for (const path of [theirs, ours]) writeFileSync(path, 'before\n');
  run(hostSnapshotScript('r', touched, join(dir, 'keeps')));
  for (const path of [theirs, ours]) writeFileSync(path, 'therapy\n');
  mkdirSync(folder);
  run(markScript('r', touched, join(dir, 'keeps')));
  writeFileSync(theirs, 'a person, later\n');
  writeFileSync(join(folder, 'new'), 'a person, later\n');
  expect(run(rollbackScript('r', touched, join(dir, 'keeps')))).toBe('changed path 0\nchanged path 2\n');
  expect(readFileSync(theirs, 'utf8')).toBe('a person, later\n');
  expect(readFileSync(ours, 'utf8')).toBe('before\n');
  expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('a person, later\n');
});

test('what was left is said, and its therapy is not called taken back', async () => {
  const illness = { case: 'x', variant: 'v', host: 'a', subject: { path: '/f' } };
  const begun = {
    id: 'r',
    at: '',
    cluster: { authorities: [] },
    treats: [{ illness, wants: ['a/file//f'] }],
    touched: [{ host: 'a', paths: ['/f'], units: [], sysctls: {} }],
    pods: [],
    objects: [],
  };
  const answer = async () => ({ code: 0, stdout: 'changed path 0\n', stderr: '' });
  expect(await rollback([begun], { run: answer, api: () => Promise.reject(new Error('no API')) })).toEqual({
    whole: [],
    failed: [],
    lasting: ['a: /f: somebody has changed it since; it stays'],
  });
});

test('nothing is kept, and nothing begun, while another run holds the lock', async () => {
  const world = worldOf('one');
  const parts = partsIn(dir, world, [caseOf('one', world)], {
    act: () => Promise.reject(new WorldFailed({ class: 'locked', message: 'another run' })),
  });
  await expect(heal(parts)).rejects.toThrow('another run');
  expect(world.scripts).toEqual([]);
  expect(await readInProgress(dir, { authorities: [] })).toEqual([]);
});

test('what becomes unhealthy elsewhere is told of, and undoes no good cure', async () => {
  const world = worldOf('one');
  const told: string[] = [];
  world.onAct = () => {
    world.ills.clear();
    world.ills.add('elsewhere');
  };
  const other: Case = {
    ...caseOf('elsewhere', world, { refused: 'by hand' }, [], 'b'),
    diagnose: () =>
      world.ills.has('elsewhere')
        ? {
            verdict: 'sick',
            findings: [{ variant: 'v', host: 'b', subject: { unit: 'u' }, facts: {}, says: '', shows: [] }],
          }
        : { verdict: 'healthy' },
  };
  const parts = partsIn(dir, world, [caseOf('one', world), other], { chosen: ['one'], tell: says => told.push(says) });
  const healed = await heal(parts);
  expect([healed.exitCode, healed.cured, healed.takenBack]).toEqual([0, ['one/v a /x'], []]);
  expect(takenBack(world.scripts)).toBe(0);
  expect(told).toContainEqual(expect.stringContaining('elsewhere/v b u'));
});

test('a therapy that failed takes no other one back with it', async () => {
  const world = worldOf('good', 'bad');
  world.onAct = () => world.ills.delete('good');
  const healed = await heal(partsIn(dir, world, [caseOf('good', world), caseOf('bad', world, {}, [], 'b')]));
  expect(healed).toMatchObject({ exitCode: 16, cured: ['good/v a /x'], takenBack: ['bad/v b /x'] });
  expect(takenBack(world.scripts)).toBe(1);
});

test('a step that failed on one host takes back what was begun there alone', async () => {
  const world = worldOf('good', 'bad');
  const parts = partsIn(dir, world, [caseOf('good', world), caseOf('bad', world, {}, [], 'b')], {
    act: async (_plan, _resources, { before, afterwards }) => {
      await before();
      world.ills.delete('good');
      const failures = [{ class: 'exit' as const, message: 'exit code 1', host: 'b', step: 'b/file//tmp/bad' }];
      await afterwards({ ok: false, exitCode: 13, message: 'b: exit code 1', failures });
    },
  });
  expect(await heal(parts)).toMatchObject({
    exitCode: 13,
    cured: ['good/v a /x'],
    takenBack: ['bad/v b /x'],
    problems: ['the therapy failed: b: exit code 1'],
  });
});
