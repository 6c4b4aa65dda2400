/** Healing against a simulated world: what is wanted becomes so, or does not, and the clinic is asked again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Case, Therapy } from '../../src/clinic/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { noFile, textFile } from '../../src/clinic/therapies/files.js';
import { leftover } from '../../src/clinic/therapies/leftover.js';
import { type Acted, heal, type Healing, patient } from '../../src/engine/heal/index.js';
import { judge } from '../../src/engine/heal/judge.js';
import { readBegun, writeBegun } from '../../src/engine/heal/pending.js';
import type { Plan } from '../../src/model/plan.js';
import { idOf, type Resource } from '../../src/model/resource.js';
import { kindsAt } from '../../src/resources/index.js';
import { sh } from '../../src/shell/sh.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-course-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Ills are names; a case `x` is sick while the world holds its ill. */
interface World {
  readonly ills: Set<string>;
  readonly scripts: string[];
  readonly plans: Plan[];
  seconds: number;
  answers: Acted;
  onAct: () => void;
  onKeep: number;
  agreed: boolean;
}

const caseOf = (
  id: string,
  world: World,
  therapy: Partial<Therapy> & { readonly refused?: string } = {},
  explains: readonly string[] = [],
): Case => ({
  id,
  precedence: 0,
  title: id,
  variants: { v: { means: 'is ill', says: () => `${id} is ill` } },
  symptoms: [],
  explains,
  lab: false,
  sources: [],
  teach: () => [],
  diagnose: () =>
    world.ills.has(id)
      ? {
          verdict: 'sick',
          findings: [{ variant: 'v', host: 'a', subject: { path: '/x' }, facts: {}, says: `${id} is ill`, shows: [] }],
        }
      : { verdict: 'healthy' },
  therapy: () =>
    therapy.refused !== undefined
      ? { refused: therapy.refused, advice: ['do it'] }
      : { title: `cure ${id}`, risk: 'none', want: [noFile(`/tmp/${id}`, { host: 'a', because: id })], ...therapy },
});

const worldOf = (...ills: string[]): World => ({
  ills: new Set(ills),
  scripts: [],
  plans: [],
  seconds: 0,
  answers: { ok: true, exitCode: 0, said: '' },
  onAct: () => undefined,
  onKeep: 0,
  agreed: true,
});

const partsOf = (world: World, cases: readonly Case[], more: Partial<Healing> = {}): Healing => ({
  cluster: 'c',
  dir,
  cases,
  chosen: [],
  dryRun: false,
  kinds: kindsAt(() => new Date(0)),
  etcdHosts: ['a'],
  patience: { ...patient, proofSeconds: 10, settleSeconds: 10 },
  run: async (_, script) => {
    world.scripts.push(script);
    return { code: world.onKeep, stdout: '', stderr: world.onKeep === 0 ? '' : 'disk full' };
  },
  api: () => Promise.reject(new Error('no API')),
  examine: async () => {
    const chart: Chart = {
      now: new Date(world.seconds * 1000).toISOString(),
      hosts: new Map(),
      api: {
        version: { host: 'cluster', source: '', at: '', value: { gitVersion: 'v1.20.2', server: 'a' } },
        objects: {},
      },
    };
    return { chart, report: examine(chart, cases) };
  },
  // Every file that shall be away is there.
  look: async resources =>
    new Map(resources.map((one: Resource) => [idOf(one), { raw: `file 644 root:root ${'0'.repeat(64)}\n` }])),
  act: async (plan, _, afterwards) => {
    world.plans.push(plan);
    if (world.answers.ok) world.onAct();
    await afterwards(world.answers);
  },
  agree: async () => world.agreed,
  tell: () => undefined,
  clock: () => new Date(world.seconds * 1000),
  sleep: async seconds => {
    world.seconds += seconds;
  },
  newId: () => `id${world.plans.length}`,
  ...more,
});

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
  expect(await readBegun(dir)).toEqual([]);
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
  const blind = (why: string, until = Infinity): Case => ({
    ...caseOf('one', world),
    diagnose: () => {
      looks += 1;
      return looks > until
        ? { verdict: 'healthy' }
        : { verdict: 'unknown', missing: [{ host: 'a', what: 'processes', why }] };
    },
  });
  expect(await heal(partsOf(world, [blind('no answer within 5 s', 1)], { chosen: ['one'] }))).toMatchObject({
    exitCode: 0,
    unseen: [],
  });
  looks = 0;
  expect(await heal(partsOf(world, [blind('no answer within 5 s')], { chosen: ['one'] }))).toMatchObject({
    exitCode: 3,
    unseen: ['a: processes: no answer within 5 s'],
  });
  expect(looks).toBe(3);
  looks = 0;
  expect(await heal(partsOf(world, [blind('the login was refused')], { chosen: ['one'] }))).toMatchObject({
    exitCode: 3,
    unseen: ['a: processes: the login was refused'],
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

test('what passes within the time of proof is no harm', async () => {
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
  world.answers = { ok: false, exitCode: 13, said: 'a: exit 1' };
  expect(await heal(partsOf(world, [caseOf('one', world)]))).toMatchObject({
    exitCode: 13,
    takenBack: ['one/v a /x'],
    problems: ['the therapy failed: a: exit 1'],
  });
  expect(await readBegun(dir)).toEqual([]);
});

test('stopped by a person, it stays begun, and the next run takes both back when it fails', async () => {
  const world = worldOf('one');
  world.answers = { ok: false, exitCode: 130, said: 'interrupted' };
  expect((await heal(partsOf(world, [caseOf('one', world)]))).exitCode).toBe(130);
  expect((await readBegun(dir)).map(one => one.id)).toEqual(['id0']);
  world.answers = { ok: true, exitCode: 0, said: '' };
  await heal(partsOf(world, [caseOf('one', world)]));
  expect(takenBack(world).map(script => /heal\/(id\d)/.exec(script)?.[1])).toEqual(['id1', 'id0']);
});

test('what cannot be taken back stays remembered', async () => {
  const world = worldOf('one');
  const parts = partsOf(world, [caseOf('one', world)], {
    run: async (_, script) => ({ code: script.includes('nothing was kept in') ? 1 : 0, stdout: '', stderr: 'gone' }),
  });
  expect((await heal(parts)).problems).toContain('not taken back: a: gone');
  expect((await readBegun(dir)).length).toBe(1);
  await writeBegun(dir, []);
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

test('who chose a case is not told of what another one cannot see; its own blindness is no cure', async () => {
  const dark: Case = {
    ...caseOf('dark', worldOf()),
    diagnose: () => ({ verdict: 'unknown', missing: [{ host: 'a', what: 'logs', why: 'too long' }] }),
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
        : { verdict: 'unknown', missing: [{ host: 'a', what: 'files', why: 'gone' }] },
  };
  second.onAct = () => second.ills.clear();
  expect(await heal(partsOf(second, [two]))).toMatchObject({
    exitCode: 16,
    problems: ['two: files on a: gone cannot be seen'],
  });
});

test('a therapy that was cut off stays remembered while another one is healed, and is taken back with its own illness only', async () => {
  const world = worldOf('one', 'two');
  const cases = [caseOf('one', world), caseOf('two', world), caseOf('three', world)];
  world.answers = { ok: false, exitCode: 130, said: 'interrupted' };
  await heal(partsOf(world, cases, { chosen: ['one'] }));
  world.answers = { ok: true, exitCode: 0, said: '' };
  world.onAct = () => world.ills.delete('two');
  expect((await heal(partsOf(world, cases, { chosen: ['two'] }))).exitCode).toBe(0);
  expect((await readBegun(dir)).map(one => one.treats)).toEqual([['one/v a /x']]);
  // Another one fails: what was begun against the first is not touched.
  world.ills.add('three');
  world.onAct = () => undefined;
  await heal(partsOf(world, cases, { chosen: ['three'] }));
  expect(takenBack(world).length).toBe(1);
  expect((await readBegun(dir)).map(one => one.treats)).toEqual([['one/v a /x']]);
  // Its illness is gone: so is the memory.
  world.ills.clear();
  await heal(partsOf(world, cases, { chosen: ['two'] }));
  expect(await readBegun(dir)).toEqual([]);
});

test('what has been done for good is said, and does not count as taken back', async () => {
  const world = worldOf('one');
  const want = [
    leftover(
      'member',
      { look: sh`x`, remove: sh`y`, risk: 'none', undo: { cannot: 'its data are gone' } },
      { host: 'a', because: 'b' },
    ),
  ];
  const parts = partsOf(world, [caseOf('one', world, { want })], {
    look: async resources => new Map(resources.map(one => [idOf(one), { raw: 'member\n' }])),
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
  expect(await readBegun(dir)).toEqual([]);
});

test('a new illness counts by host: what a case could not see elsewhere excuses nothing here', () => {
  const report = (ill: readonly string[], dark: readonly string[]) => {
    const one: Case = {
      ...caseOf('x', worldOf()),
      diagnose: () => ({
        verdict: 'sick',
        findings: ill.map(host => ({ variant: 'v', host, subject: { name: 's' }, facts: {}, says: '', shows: [] })),
        missing: dark.map(host => ({ host, what: 'files', why: 'gone' })),
      }),
    };
    const none: Case = {
      ...one,
      diagnose: () => ({ verdict: 'unknown', missing: dark.map(host => ({ host, what: 'files', why: 'gone' })) }),
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
  const fresh = (dark: readonly string[], ill: string) => judge(report([], dark), report([ill], []), []).fresh;
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
