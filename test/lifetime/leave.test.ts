/**
 * A host that is taken out of the file is taken out of the cluster, whatever it was, killed anywhere; and nobody is who
 * was merely away. Its share of the pod network is nobody else's while anybody has a route to it.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../src/pki/issue.js';
import { networkPeers } from '../../src/blueprint/render/paths.js';
import type { Edit, File } from './edits.js';
import { drain, mustBeEmpty, mustBeForgotten, mustKeepRoutes } from './leaving.js';
import { type Machine, machine } from './machine.js';
import { counted, type Move, play, start } from './play.js';

let ca = '';
beforeAll(async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  ca = (await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now })).certPem;
});

/** Three control planes, and a fourth without etcd; two workers. */
const six: File = {
  ...start,
  hosts: ['a', 'b', 'c', 'd', 'e', 'f'].map((name, n) => ({
    machine: name,
    name,
    address: `10.0.0.${n + 1}`,
    roles: n < 3 ? ['etcd', 'controlPlane'] : n === 3 ? ['controlPlane'] : ['worker'],
  })),
};
const [built, away, back]: [Move, (host: number) => Move, (host: number) => Move] = [
  { do: 'run', kill: undefined },
  host => ({ do: 'away', host }),
  host => ({ do: 'back', host }),
];
const killed = (kill: number): Move => ({ do: 'run', kill });
const at = (...edits: readonly Edit[]): Move => ({ do: 'edits', edits });
const remove = (host: number): Edit => ({ edit: 'remove', host });
const etcdOn = (host: number): Edit => ({
  edit: 'set',
  key: 'hosts[].roles',
  host,
  value: ['etcd', 'controlPlane'],
});
const again: Edit = { edit: 'add', name: 'e' };

/** Every one of them ends with the host out of the file. */
const leaves: readonly (readonly [string, readonly Move[]])[] = [
  ['a worker', [at(remove(4))]],
  ['two workers', [at(remove(4), remove(4))]],
  ['a control plane without etcd', [at(remove(3))]],
  ['a member of etcd, the first of all, for another', [at(etcdOn(3), remove(0))]],
  ['a worker that was installed anew', [{ do: 'wipe', host: 4 }, at(remove(4))]],
  ['a worker that is off', [away(4), at(remove(4))]],
  ['a worker that is off and comes back', [away(4), at(remove(4)), built, back(4)]],
  ['a worker, while another one is off', [away(5), at(remove(4)), built, back(5)]],
  ['a worker, while a control plane is off', [away(2), at(remove(4)), built, back(2)]],
];

const refused = (): number => [...counted].reduce((sum, [what, n]) => (what.startsWith('refused') ? sum + n : sum), 0);

test.each(leaves)('leaves the file: %s', (_, moves) => {
  const before = refused();
  play([built, ...moves, built], () => ca, six);
  expect(refused(), 'nothing of it is refused').toBe(before);
});

test.each(leaves)(
  'killed at any step, and run again: %s',
  (_, moves) => {
    for (let kill = 1; kill < 60; kill += 8)
      play([built, ...moves, killed(kill), killed(kill % 7), built], () => ca, six);
  },
  120_000,
);

const returns: readonly (readonly [string, readonly Move[]])[] = [
  ['reset, and written back', [at(remove(4)), built, at(again)]],
  ['written back before anything was done', [at(remove(4)), killed(1), at(again)]],
  ['written back half-way', [at(remove(4)), killed(4), at(again)]],
  ['removed while it was off, and written back while it still is', [away(4), at(remove(4)), built, at(again)]],
  ['removed while it was off, back, and written back', [away(4), at(remove(4)), built, back(4), at(again)]],
];
test.each(returns)(
  'a host that comes back: %s',
  (_, moves) => {
    play([built, ...moves, built, back(4), built], () => ca, six);
  },
  120_000,
);

test('a share is given to nobody while a route leads to whoever had it', () => {
  const comes: Edit = { edit: 'add', name: 'g' };
  play([built, at(remove(4)), built, at(comes), built], () => ca, six);
  play([built, at(remove(4), comes), built, built], () => ca, six);
  play([built, away(5), at(remove(4)), built, at(comes), built, back(5), built], () => ca, six);
  play([built, away(4), at(remove(4)), built, at(comes), built, back(4), built], () => ca, six);
});

test('a wrong order is caught: a Node that was not drained, a route that goes too early, one that is left', () => {
  const one = (id: string, table: string): Machine => {
    const made = machine(id);
    const put = (path: string, text: string) => made.files.set(path, { sha256: '', mode: 0o644, owner: '', text });
    put('/etc/kubernetes/network/config', `NAME='${id}'\n`);
    put(networkPeers, table);
    made.units.set('kubelet.service', { active: true, enabled: true, started: new Map(), read: new Map() });
    return made;
  };
  const path = '/api/v1/nodes/w';
  const machines = [one('a', 'a 1 2\nw 1 2\n'), one('w', '')];
  const world = { api: { objects: new Map([[path, { metadata: {} }]]) }, machines };
  const [a, w] = machines as [Machine, Machine];
  const table = { content: ['a 1 2\n'], sha256: '', mode: 0o644 };
  expect(() => mustBeEmpty(path, world)).toThrow(/was not drained/);
  expect(() => mustKeepRoutes(a, table, world)).toThrow(/loses the route to w/);
  expect(() => mustBeForgotten(w, machines)).toThrow(/a has a route to it/);
  drain(world.api, 'w');
  expect(() => mustBeEmpty(path, world)).not.toThrow();
});

const moves = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 3, max: 5 }).map(host => at(remove(host))) },
    { weight: 2, arbitrary: fc.constantFrom('d', 'e', 'f', 'g').map(name => at({ edit: 'add', name })) },
    {
      weight: 4,
      arbitrary: fc.option(fc.nat(40), { nil: undefined, freq: 2 }).map((kill): Move => ({ do: 'run', kill })),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('away' as const, 'back' as const, 'back' as const, 'wipe' as const),
        host: fc.integer({ min: 3, max: 6 }),
      }),
    },
  ),
  { minLength: 2, maxLength: 14 },
);
test('whoever leaves, comes, and is away: nothing of those who left is left, and those who are away stay', () => {
  const said = fc.check(
    fc.property(moves, all => play([built, ...all], () => ca, six)),
    { seed: Number(process.env.KW_TEST_SEED ?? 13), numRuns: process.env.KW_TEST_FULL === undefined ? 40 : 1000 },
  );
  expect(counted.get('left: empty')).toBeGreaterThan(5);
  if (said.failed)
    throw new Error(
      `seed ${said.seed}, path ${said.counterexamplePath}: ${said.errorInstance}\n` +
        `${JSON.stringify(said.counterexample?.[0], null, 1)}`,
    );
}, 600_000);
