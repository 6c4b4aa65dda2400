/** Healing against a simulated world: what is wanted becomes so, or does not, and the clinic is asked again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Case } from '../../src/clinic/case.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { textFile } from '../../src/clinic/therapies/files.js';
import { leftover } from '../../src/clinic/therapies/leftover.js';
import { heal, type Healing } from '../../src/engine/heal/index.js';
import { judge } from '../../src/engine/heal/judge.js';
import { readInProgress, writeInProgress } from '../../src/engine/heal/pending.js';
import type { MissingKind } from '../../src/model/fact.js';
import { sh } from '../../src/shell/sh.js';
import { idOf } from '../../src/model/resource.js';
import { caseOf, partsIn, type World, worldOf } from './heal-world.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-state-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const partsOf = (world: World, cases: readonly Case[], more: Partial<Healing> = {}): Healing =>
  partsIn(dir, world, cases, more);

const kept = (world: World): readonly string[] =>
  world.scripts.filter(script => script.includes('/whole') && script.includes(': >'));
const takenBack = (world: World): readonly string[] =>
  world.scripts.filter(script => script.includes('nothing was kept in'));

test('a cured case ends with 0, and nothing is remembered', async () => {
  const world = worldOf('one');
  world.onAct = () => world.ills.clear();
  const healed = await heal(partsOf(world, [caseOf('one', world), caseOf('two', world)]));
  expect(healed).toMatchObject({ exitCode: 0, cured: ['one/v a /x'], takenBack: [], left: [] });
  expect(kept(world).length).toBe(1);
  expect(await readInProgress(dir, { authorities: [] })).toEqual([]);
  const again = await heal(partsOf(world, [caseOf('one', world)]));
  expect([again.exitCode, again.cured, world.plans.length]).toEqual([0, [], 1]);
});

test('a therapy that does not help is taken back, and the exit code says unproven', async () => {
  const world = worldOf('one');
  const healed = await heal(partsOf(world, [caseOf('one', world)]));
  expect(healed).toMatchObject({
    exitCode: 16,
    cured: [],
    takenBack: ['one/v a /x'],
    problems: ['one/v a /x is still ill'],
  });
  expect(takenBack(world).length).toBe(1);
  expect(world.seconds).toBeGreaterThanOrEqual(10);
});

test('who was too slow to answer is asked again; what stays unseen is named', async () => {
  const world = worldOf();
  let looks = 0;
  const blind = (why: string, kind: MissingKind, until = Infinity): Case => ({
    ...caseOf('one', world),
    diagnose: () => {
      looks += 1;
      return looks > until
        ? { verdict: 'healthy' }
        : { verdict: 'unknown', missing: [{ host: 'a', what: 'processes', why, kind }] };
    },
  });
  expect(await heal(partsOf(world, [blind('no answer within 5 s', 'timeout', 1)], { chosen: ['one'] }))).toMatchObject({
    exitCode: 0,
    unseen: [],
  });
  looks = 0;
  expect(await heal(partsOf(world, [blind('no answer within 5 s', 'timeout')], { chosen: ['one'] }))).toMatchObject({
    exitCode: 3,
    unseen: ['a: processes: no answer within 5 s'],
  });
  expect(looks).toBe(3);
  looks = 0;
  expect(
    await heal(partsOf(world, [blind('the login was refused: no answer within 5 s', 'refused')], { chosen: ['one'] })),
  ).toMatchObject({
    exitCode: 3,
    unseen: ['a: processes: the login was refused: no answer within 5 s'],
  });
  expect(looks).toBe(1);
});

test('a therapy that makes another case ill is taken back', async () => {
  const world = worldOf('one');
  world.onAct = () => {
    world.ills.delete('one');
    world.ills.add('two');
  };
  const healed = await heal(partsOf(world, [caseOf('one', world), caseOf('two', world)]));
  expect(healed).toMatchObject({ exitCode: 16, takenBack: ['one/v a /x'], problems: ['two/v a /x has become ill'] });
});

test('what passes within the time of proof is not harm', async () => {
  const world = worldOf('one');
  const parts = partsOf(world, [caseOf('one', world), caseOf('two', world)], {
    sleep: async seconds => {
      world.seconds += seconds;
      if (world.seconds >= 4) world.ills.delete('two');
    },
  });
  world.onAct = () => {
    world.ills.delete('one');
    world.ills.add('two');
  };
  expect((await heal(parts)).exitCode).toBe(0);
});

test('a plan that fails is taken back with its own exit code', async () => {
  const world = worldOf('one');
  world.answers = { ok: false, exitCode: 13, message: 'a: exit 1' };
  expect(await heal(partsOf(world, [caseOf('one', world)]))).toMatchObject({
    exitCode: 13,
    takenBack: ['one/v a /x'],
    problems: ['the therapy failed: a: exit 1'],
  });
  expect(await readInProgress(dir, { authorities: [] })).toEqual([]);
});

test('stopped by a person, it stays begun, and the next run takes both back when it fails', async () => {
  const world = worldOf('one');
  world.answers = { ok: false, exitCode: 130, message: 'interrupted' };
  expect((await heal(partsOf(world, [caseOf('one', world)]))).exitCode).toBe(130);
  expect((await readInProgress(dir, { authorities: [] })).map(one => one.id)).toEqual(['id0']);
  world.answers = { ok: true, exitCode: 0, message: '' };
  await heal(partsOf(world, [caseOf('one', world)]));
  expect(takenBack(world).map(script => /heal\/(id\d)/.exec(script)?.[1])).toEqual(['id1', 'id0']);
});

test('what cannot be taken back stays remembered', async () => {
  const world = worldOf('one');
  const parts = partsOf(world, [caseOf('one', world)], {
    run: async (_, script) => ({ code: script.includes('nothing was kept in') ? 1 : 0, stdout: '', stderr: 'gone' }),
  });
  expect((await heal(parts)).problems).toContain('not taken back: a: gone');
  expect((await readInProgress(dir, { authorities: [] })).length).toBe(1);
  await writeInProgress(dir, []);
});

test('nothing is changed where nothing can be kept', async () => {
  const world = worldOf('one');
  world.onKeep = 1;
  await expect(heal(partsOf(world, [caseOf('one', world)]))).rejects.toThrow('disk full');
  expect(world.plans).toEqual([]);
});

test('a cause is cured first; what followed from it goes by itself and is not treated', async () => {
  const world = worldOf('cause', 'effect');
  const cases = [caseOf('cause', world, {}, ['effect']), caseOf('effect', world)];
  world.onAct = () => world.ills.delete('cause');
  const parts = partsOf(world, cases, {
    sleep: async seconds => {
      world.seconds += seconds;
      if (world.seconds > 5) world.ills.delete('effect');
    },
  });
  expect(await heal(parts)).toMatchObject({ exitCode: 0, cured: ['cause/v a /x'] });
  expect(world.plans.length).toBe(1);
});

test('what a person must do is refused with its reason, and the rest is cured', async () => {
  const world = worldOf('one', 'two');
  world.onAct = () => world.ills.delete('one');
  const healed = await heal(
    partsOf(world, [caseOf('one', world), caseOf('two', world, { refused: 'only a person can' })]),
  );
  expect([healed.exitCode, healed.cured, healed.refused.map(one => one.refusal.refused)]).toEqual([
    2,
    ['one/v a /x'],
    ['only a person can'],
  ]);
});

test('a chosen consequence is cured by its cause; others are left alone', async () => {
  const world = worldOf('cause', 'effect', 'other');
  world.onAct = () => {
    world.ills.delete('cause');
    world.ills.delete('effect');
  };
  const cases = [caseOf('cause', world, {}, ['effect']), caseOf('effect', world), caseOf('other', world)];
  expect(await heal(partsOf(world, cases, { chosen: ['effect'] }))).toMatchObject({
    exitCode: 0,
    cured: ['cause/v a /x'],
    left: ['other/v a /x'],
  });
});

test('two therapies that want the same thing differently take turns', async () => {
  const world = worldOf('one', 'two');
  const file = (text: string) => ({ want: [textFile('/tmp/f', text, 0o644, { host: 'a', because: text })] });
  const cases = [caseOf('one', world, file('1')), caseOf('two', world, file('2'))];
  world.onAct = () => world.ills.delete(world.plans.length === 1 ? 'one' : 'two');
  expect(await heal(partsOf(world, cases))).toMatchObject({ exitCode: 0, cured: ['one/v a /x', 'two/v a /x'] });
  expect(world.plans.map(plan => plan.steps.length)).toEqual([1, 1]);
});

test('without a backup a therapy that could lose data does not run', async () => {
  const world = worldOf('one');
  const parts = partsOf(world, [caseOf('one', world, { backup: true })], {
    run: async () => ({ code: 1, stdout: '', stderr: 'neither etcdctl nor a container' }),
  });
  await expect(heal(parts)).rejects.toMatchObject({ failure: { class: 'refused' } });
  expect(world.plans).toEqual([]);
});

test('a dry run and a person who says no change nothing', async () => {
  const world = worldOf('one');
  expect((await heal(partsOf(world, [caseOf('one', world)], { dryRun: true }))).exitCode).toBe(2);
  world.agreed = false;
  expect((await heal(partsOf(world, [caseOf('one', world)]))).exitCode).toBe(14);
  expect([world.plans, world.scripts]).toEqual([[], []]);
});

test('who chose a case is not told of what another one cannot see; its own blindness is not a cure', async () => {
  const dark: Case = {
    ...caseOf('dark', worldOf()),
    diagnose: () => ({ verdict: 'unknown', missing: [{ host: 'a', what: 'logs', why: 'too long', kind: 'cut' }] }),
  };
  const world = worldOf('one');
  world.onAct = () => world.ills.clear();
  expect((await heal(partsOf(world, [caseOf('one', world), dark], { chosen: ['one'] }))).exitCode).toBe(0);
  const second = worldOf('two');
  const two: Case = {
    ...caseOf('two', second),
    diagnose: () =>
      second.ills.has('two')
        ? {
            verdict: 'sick',
            findings: [{ variant: 'v', host: 'a', subject: { path: '/x' }, facts: {}, says: 'ill', shows: [] }],
          }
        : { verdict: 'unknown', missing: [{ host: 'a', what: 'files', why: 'gone', kind: 'unreachable' as const }] },
  };
  second.onAct = () => second.ills.clear();
  expect(await heal(partsOf(second, [two]))).toMatchObject({
    exitCode: 16,
    problems: ['two: files on a: gone cannot be seen'],
  });
});

test(
  'a therapy that was cut off stays remembered while another one is healed, and is taken back with its own illness ' +
    'only',
  async () => {
    const world = worldOf('one', 'two');
    const cases = [caseOf('one', world), caseOf('two', world), caseOf('three', world)];
    world.answers = { ok: false, exitCode: 130, message: 'interrupted' };
    await heal(partsOf(world, cases, { chosen: ['one'] }));
    world.answers = { ok: true, exitCode: 0, message: '' };
    world.onAct = () => world.ills.delete('two');
    expect((await heal(partsOf(world, cases, { chosen: ['two'] }))).exitCode).toBe(0);
    expect(
      (await readInProgress(dir, { authorities: [] })).map(one => one.treats.map(({ illness }) => illness.case)),
    ).toEqual([['one']]);
    // Another one fails: what was begun against the first is not touched.
    world.ills.add('three');
    world.onAct = () => undefined;
    await heal(partsOf(world, cases, { chosen: ['three'] }));
    expect(takenBack(world).length).toBe(1);
    expect(
      (await readInProgress(dir, { authorities: [] })).map(one => one.treats.map(({ illness }) => illness.case)),
    ).toEqual([['one']]);
    // Its illness is gone: so is the memory.
    world.ills.clear();
    await heal(partsOf(world, cases, { chosen: ['two'] }));
    expect(await readInProgress(dir, { authorities: [] })).toEqual([]);
  },
);

test('what has been done for good is said, and does not count as taken back', async () => {
  const world = worldOf('one');
  const want = [
    leftover(
      'member',
      { find: sh`x`, remove: sh`y`, risk: 'none', undo: { cannot: 'its data are gone' } },
      { host: 'a', because: 'b' },
    ),
  ];
  const parts = partsOf(world, [caseOf('one', world, { want })], {
    read: async resources => new Map(resources.map(one => [idOf(one), { raw: 'member\n' }])),
    run: async (_, script) => ({
      code: 0,
      stdout: script.includes('nothing was kept in') ? 'lasting 0\n' : '',
      stderr: '',
    }),
  });
  const healed = await heal(parts);
  expect([healed.takenBack, healed.problems]).toEqual([
    [],
    ['one/v a /x is still ill', 'cannot be taken back: a/cleanup/member: its data are gone'],
  ]);
  expect(await readInProgress(dir, { authorities: [] })).toEqual([]);
});

test('a new illness counts by host: what a case could not see elsewhere excuses nothing here', () => {
  const report = (ill: readonly string[], dark: readonly string[]) => {
    const one: Case = {
      ...caseOf('x', worldOf()),
      diagnose: () => ({
        verdict: 'sick',
        findings: ill.map(host => ({ variant: 'v', host, subject: { name: 's' }, facts: {}, says: '', shows: [] })),
        missing: dark.map(host => ({ host, what: 'files', why: 'gone', kind: 'unreachable' as const })),
      }),
    };
    const none: Case = {
      ...one,
      diagnose: () => ({
        verdict: 'unknown',
        missing: dark.map(host => ({ host, what: 'files', why: 'gone', kind: 'unreachable' as const })),
      }),
    };
    return examine(
      {
        now: '',
        hosts: new Map(),
        api: {
          version: { host: 'cluster', source: '', at: '', value: { gitVersion: 'v1.20.2', server: 'a' } },
          objects: {},
        },
      },
      [ill.length > 0 ? one : none],
    );
  };
  const fresh = (dark: readonly string[], ill: string) =>
    judge(report([], dark), report([ill], []), { treated: [], hosts: new Set(['a']) }).fresh;
  expect(fresh(['b'], 'a')).toEqual(['x/v a s']);
  expect(fresh(['a'], 'a')).toEqual([]);
  expect(fresh(['cluster'], 'a')).toEqual([]);
  expect(fresh(['b'], 'cluster')).toEqual([]);
});

test('what load alone makes ill takes no therapy back; everything else that becomes ill does', async () => {
  for (const byItself of [true, false]) {
    const world = worldOf('one');
    world.onAct = () => {
      world.ills.clear();
      world.ills.add('slow-disk');
    };
    const healed = await heal(
      partsOf(
        world,
        [
          caseOf('one', world),
          { ...caseOf('slow-disk', world, { refused: 'no setting helps' }), ...(byItself && { byItself }) },
        ],
        { chosen: ['one'] },
      ),
    );
    expect([healed.exitCode, healed.cured, healed.takenBack.length, healed.left]).toEqual(
      byItself ? [0, ['one/v a /x'], 0, ['slow-disk/v a /x']] : [16, [], 1, ['one/v a /x']],
    );
  }
});
