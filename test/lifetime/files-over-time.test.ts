/**
 * Laws 14 and 16: one file after another, runs that are killed anywhere, hosts that go and come. The end always equals
 * a fresh build of the last file, or the key was refused by name before anything was touched; then nothing is to do.
 * A share of it here; KW_TEST_FULL=1 plays for KW_TEST_MINUTES (10). KW_TEST_SEED plays one seed again.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../src/pki/issue.js';
import { type Key, lives } from '../../src/spec/index.js';
import { type Edit, type File, valuesOf } from './edits.js';
import { counted, type MakeCa, type Move, moves, movesOfHosts, play, start, three } from './play.js';

const made = new Map<string, string>();
beforeAll(async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  for (const algorithm of ['ecdsa-p256', 'rsa-2048'] as const)
    for (const days of [3650, 1000]) {
      const { certPem } = await createAuthority({ commonName: 'kubernetes-ca', days, algorithm, now });
      made.set(`${algorithm} ${days}`, certPem);
    }
});
const makeCa: MakeCa = ({ algorithm, caDays }) => {
  const pem = made.get(`${algorithm} ${caDays}`);
  if (pem === undefined) throw new Error(`no CA of ${algorithm} for ${caDays} days is made here`);
  return pem;
};

const full = process.env.KW_TEST_FULL !== undefined;
const ms = Number(process.env.KW_TEST_MINUTES ?? 10) * 60_000;
/** By number, never by time: a slow machine must not try less than a fast one. */
const share = 100;
/** The share is the same every day, so that what is red is what was changed; the long run looks for more. */
const seed = Number(process.env.KW_TEST_SEED ?? (full ? Date.now() % 1_000_000 : 13));

test('every key of the file is drawn, with more than one value where there is more than one', () => {
  const single = (Object.keys(lives) as Key[]).filter(key => valuesOf(key).length === 0);
  expect(single).toEqual([]);
});

test('a plain build ends, and its second plan is empty', () => {
  play([{ do: 'run', kill: undefined }], makeCa);
});

/** Sequences that once ended otherwise. */
const built: Move = { do: 'run', kill: undefined };
const set = (key: Key, value: unknown, host = 0): Move => ({ do: 'edit', edit: { edit: 'set', key, host, value } });
const found: readonly (readonly [string, readonly Move[]])[] = [
  ['an endpoint that somebody else balances', [built, set('endpoint.balance', 'external'), built]],
  [
    'a load balancer that moves',
    [built, set('hosts[].roles', ['loadBalancer'], 1), built, set('hosts[].roles', undefined, 1)],
  ],
  [
    'a load balancer that goes, killed in the middle',
    [built, set('endpoint.balance', 'external'), { do: 'run', kill: 9 }],
  ],
  ['another CA after a run that was cut off', [{ do: 'run', kill: 5 }, set('pki.algorithm', 'rsa-2048'), built]],
  ['another CA while no control plane is seen', [built, set('pki.caDays', 1000), { do: 'away', host: 0 }, built]],
  [
    'another name for a host that nobody sees',
    [built, { do: 'away', host: 1 }, set('hosts[].name', 'z', 1), built, { do: 'back', host: 1 }, built],
  ],
  [
    'a host that nobody sees keeps its share while another share is free',
    [
      { do: 'edit', edit: { edit: 'move', host: 1 } },
      built,
      { do: 'edit', edit: { edit: 'move', host: 1 } },
      { do: 'away', host: 1 },
      { do: 'away', host: 2 },
      { do: 'edit', edit: { edit: 'add', name: 'd' } },
      built,
    ],
  ],
  [
    'while no control plane is seen, other hosts in another order keep their routes, and a new one waits',
    [
      built,
      { do: 'away', host: 0 },
      { do: 'away', host: 2 },
      { do: 'edit', edit: { edit: 'move', host: 1 } },
      { do: 'edit', edit: { edit: 'add', name: 'd' } },
      { do: 'edit', edit: { edit: 'move', host: 1 } },
      built,
      { do: 'back', host: 2 },
      built,
    ],
  ],
  ['names that a certificate had', [built, set('pki.sans', ['api.example.com']), built, set('pki.sans', undefined)]],
];
test.each(found)('%s', (_, all) => {
  play(all, makeCa);
});

/** A plan that would begin a second, empty etcd beside the first was once made for each of these. */
const wiped = (...hosts: readonly number[]): readonly Move[] => hosts.map(host => ({ do: 'wipe', host }));
const at = (...all: readonly Edit[]): Move => ({ do: 'edits', edits: all });
const remove = (host: number): Edit => ({ edit: 'remove', host });
const roles = (host: number): Edit => ({ edit: 'set', key: 'hosts[].roles', host, value: ['etcd', 'controlPlane'] });
const comes: Edit = { edit: 'add', name: 'e' };
const beside: readonly (readonly [string, File, readonly Move[]])[] = [
  ['the one host of etcd leaves the file for a new one', start, [built, at(comes, roles(3), remove(0)), built]],
  ['the one host of etcd leaves the file for a worker', start, [built, at(remove(0), roles(0)), built]],
  [
    'all three leave the file for a new one',
    three,
    [built, at(comes, roles(4), remove(0), remove(0), remove(0)), built],
  ],
  ['all hosts leave the file', start, [built, at(comes, roles(3), remove(0), remove(0), remove(0)), built]],
  [
    'two of three disks are replaced while the third is off',
    three,
    [built, ...wiped(0, 1), { do: 'away', host: 2 }, built],
  ],
  ['two of three disks are replaced, and the third is there', three, [built, ...wiped(1, 2), built]],
  ['all disks are replaced, and a worker is left', three, [built, ...wiped(0, 1, 2), built]],
  ['one of three is installed anew', three, [built, ...wiped(1), built]],
  [
    'one of three is installed anew, twice, and killed between',
    three,
    [built, ...wiped(1), { do: 'run', kill: 9 }, ...wiped(1), built],
  ],
];
/** Roles of five machines, of which the first so many hold etcd; the others are gone, or were never there. */
const ofFive = (count: number): File => ({
  ...start,
  hosts: ['a', 'b', 'c', 'd', 'e'].map((name, n) => ({
    machine: name,
    name,
    address: `10.0.0.${n + 1}`,
    roles: n < count ? ['etcd', 'controlPlane'] : ['worker'],
  })),
});
const gives = (...hosts: readonly number[]): Move => at(...hosts.map(roles));
const grown: readonly (readonly [string, File, readonly Move[]])[] = [
  ['one host becomes three', ofFive(1), [built, gives(1, 2), built]],
  ['three become five', ofFive(3), [built, gives(3, 4), built]],
  ['one becomes three, and then five', ofFive(1), [built, gives(1, 2), built, gives(3, 4), built]],
  ['one becomes five at once', ofFive(1), [built, gives(1, 2, 3, 4), built]],
  ['one becomes three, and another is off', ofFive(1), [built, { do: 'away', host: 2 }, gives(1, 2), built]],
];
const takes = (...hosts: readonly number[]): Move =>
  at(...hosts.map(host => ({ edit: 'set', key: 'hosts[].roles', host, value: ['controlPlane'] }) as const));
const shrunk: readonly (readonly [string, File, readonly Move[]])[] = [
  ['three hosts become one', ofFive(3), [built, takes(1, 2), built]],
  ['five become three', ofFive(5), [built, takes(0, 4), built]],
  ['five become one', ofFive(5), [built, takes(0, 1, 3, 4), built]],
  ['from one to five and back', ofFive(1), [built, gives(1, 2, 3, 4), built, takes(0, 1), built, takes(2, 3), built]],
  [
    'one leaves and another joins',
    ofFive(3),
    [built, at(roles(3), { edit: 'set', key: 'hosts[].roles', host: 0, value: ['controlPlane'] }), built],
  ],
];
const applied = (): number => [...counted].reduce((sum, [what, n]) => (what.startsWith('refused') ? sum + n : sum), 0);
test.each([...grown.slice(0, 4), ...shrunk])('etcd grows or shrinks: %s', (_, first, all) => {
  const before = applied();
  play(all, makeCa, first);
  expect(applied()).toBe(before);
});
test.each([...grown, ...shrunk])('etcd grows or shrinks, and a run is killed anywhere: %s', (_, first, all) => {
  for (let kill = 3; kill < 160; kill += 29)
    play([...all.slice(0, -1), { do: 'run', kill }, { do: 'run', kill: kill % 13 }, built], makeCa, first);
});

const goes = (host: number, address: string): Move => set('hosts[].address', address, host);
const moved: readonly (readonly [string, File, readonly Move[]])[] = [
  ['a control plane of three', ofFive(3), [built, goes(1, '10.0.0.22'), built]],
  ['the first control plane', ofFive(3), [built, goes(0, '10.0.0.21'), built]],
  ['a worker', ofFive(3), [built, goes(4, '10.0.0.25'), built]],
  ['one after another', ofFive(3), [built, goes(0, '10.0.0.21'), built, goes(1, '10.0.0.22'), built]],
  ['there and back', ofFive(3), [built, goes(1, '10.0.0.22'), built, goes(1, '10.0.0.2'), built]],
];
test.each(moved)('a host moves to another address, and etcd has it there: %s', (_, first, all) => {
  const before = applied();
  play(all, makeCa, first);
  expect(applied()).toBe(before);
});
test.each(moved)('a host moves, and a run is killed anywhere: %s', (_, first, all) => {
  for (let kill = 3; kill < 60; kill += 7)
    play([...all.slice(0, -1), { do: 'run', kill }, { do: 'run', kill: kill % 13 }, built], makeCa, first);
});
test('the only member of etcd stays where it is', () => {
  const before = applied();
  play([built, goes(0, '10.0.0.21'), built], makeCa, ofFive(1));
  expect(applied()).toBeGreaterThan(before);
});
test('a second one that would move before the first has, is refused', () => {
  const before = applied();
  play([built, goes(0, '10.0.0.21'), { do: 'run', kill: 4 }, goes(1, '10.0.0.22'), built], makeCa, ofFive(3));
  expect(applied()).toBeGreaterThan(before);
});

/** Any 1, 3 or 5 of five hosts hold etcd, and then any others of which one did; every run may be killed. */
const size = fc.constantFrom(1, 3, 5);
const sets = size.chain(count => fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: count, maxLength: count }));
const changes = fc.array(fc.tuple(sets, fc.array(fc.nat(120), { maxLength: 2 })), { minLength: 2, maxLength: 4 });
const holding = (hosts: readonly number[]): Move =>
  at(
    ...[0, 1, 2, 3, 4].map(host => ({
      edit: 'set' as const,
      key: 'hosts[].roles' as const,
      host,
      value: hosts.includes(host) ? ['etcd', 'controlPlane'] : ['controlPlane'],
    })),
  );
test('a learner whose run is cut off is known as one when the role is taken, and given again', () => {
  const killed = (kill: number): Move => ({ do: 'run', kill });
  const all = holding([0, 1, 2, 3, 4]);
  play([built, all, killed(35), holding([3]), killed(1), all, killed(3), killed(1)], makeCa, ofFive(3));
});

test('no growth, shrinking or moving of etcd loses its quorum, wherever its runs are killed', () => {
  fc.assert(
    fc.property(changes, all =>
      play(
        [
          built,
          ...all.flatMap(([hosts, kills]) => [holding(hosts), ...kills.map((kill): Move => ({ do: 'run', kill }))]),
        ],
        makeCa,
        ofFive(3),
      ),
    ),
    { seed, numRuns: full ? 1000 : 20 },
  );
}, 600_000);

test.each(beside)('no second etcd: %s', (_, first, all) => {
  play(all, makeCa, first);
});

test('a first build of three that is killed twice in the middle goes on', () => {
  play(
    [
      { do: 'run', kill: 42 },
      { do: 'run', kill: 1 },
      { do: 'away', host: 0 },
    ],
    makeCa,
    three,
  );
});

test('no sequence of edits, kills and hosts that come back empty founds a second etcd', () => {
  fc.assert(
    fc.property(movesOfHosts, all => play(all, makeCa, three)),
    { seed, numRuns: full ? 2000 : 60 },
  );
}, 600_000);

describe(`seed ${seed}`, () => {
  test(
    'any sequence ends as a fresh build of the last file',
    () => {
      const said = fc.check(
        fc.property(moves, all => play(all, makeCa)),
        full
          ? { seed, numRuns: 1_000_000, interruptAfterTimeLimit: ms, markInterruptAsFailure: false }
          : { seed, numRuns: share },
      );
      if (full) console.log(said.numRuns, Object.fromEntries([...counted].sort()));
      expect(counted.get('run ended')).toBeGreaterThan(10);
      if (said.failed && !said.interrupted)
        throw new Error(
          `seed ${said.seed}, path ${said.counterexamplePath}: ${said.errorInstance}\n` +
            `${JSON.stringify(said.counterexample?.[0], null, 1)}`,
        );
    },
    (full ? ms : 0) + 300_000,
  );
});
