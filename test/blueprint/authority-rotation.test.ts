/**
 * At no moment of any phase, in any order that the plan may take and killed anywhere, is a certificate shown that the
 * other end does not trust; and whoever is killed goes on from what lies on the hosts.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AuthorityName, Input } from '../../src/blueprint/input.js';
import { machine, makePairs, type Pairs } from './authority-machine.js';
import { settleIn } from './cluster-authority-edges.js';
import { about, act, isDone, open, untrusted, type World } from './authority-world.js';

const five = readFileSync(new URL('../golden/five-hosts.yaml', import.meta.url), 'utf8').replace('VERSION', '1.37.2');
const apart = `name: apart
kubernetes: 1.37.2
endpoint: {address: 10.0.0.100}
hosts:
  - {name: kw-1, address: 10.0.0.11, roles: [controlPlane]}
  - {name: kw-2, address: 10.0.0.12, roles: [controlPlane]}
  - {name: kw-3, address: 10.0.0.13, roles: [etcd]}
  - {name: kw-4, address: 10.0.0.14, roles: [etcd]}
  - {name: kw-5, address: 10.0.0.15, roles: [etcd]}
`;

let pairs: Pairs;
beforeAll(async () => {
  pairs = await makePairs();
});

/** A control machine that has lost its folder takes what it can from the first control plane. */
const machineFor = (text: string, world: World, name: AuthorityName) => {
  const signs = name === 'ca' && world.files.get('kw-1 /etc/kubernetes/pki/ca.key') === pairs.next.keyPem;
  return machine(text, world, pairs, signs ? { ca: pairs.next } : {});
};

const play = (world: World, input: Input, name: AuthorityName, pick: () => number, steps = 200) => {
  const all = about(input, name);
  for (let n = 0; n < steps; n++) {
    const next = open(world, all, input);
    if (next.length === 0) break;
    const one = next[pick() % next.length];
    if (one) act(world, one, input);
    expect(untrusted(world, input), `after ${one?.host} ${one?.key}`).toEqual([]);
  }
  return all.every(one => isDone(world, one, input));
};

const built = async (text: string, name: AuthorityName): Promise<World> => {
  const world: World = { files: new Map(), loaded: new Map(), published: new Set(), clients: new Set() };
  const input = await machineFor(text, world, name).stands();
  for (const each of ['etcd/ca', 'front-proxy-ca', ...(name === 'ca' ? (['ca'] as const) : [])] as const) {
    const all = about(input, each);
    for (let next = open(world, all, input); next.length > 0; next = open(world, all, input))
      for (const one of next) act(world, one, input);
  }
  if (name === 'ca') settleIn(world, input);
  expect(untrusted(world, input)).toEqual([]);
  expect(about(input, name).every(one => isDone(world, one, input))).toBe(true);
  return world;
};

const phases = ['settled', 'trusting', 'signing', 'forgetting'] as const;

describe.each([
  ['five hosts', five],
  ['etcd apart', apart],
])('%s', (_, text) => {
  test.each(['etcd/ca', 'front-proxy-ca', 'ca'] as const)(
    '%s: no moment without trust, killed anywhere',
    async name => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
          fc.array(fc.nat(60), { minLength: 3, maxLength: 3 }),
          fc.boolean(),
          async (order, kills, other) => {
            const world = await built(text, name);
            let n = 0;
            const pick = () => order[n++ % order.length] ?? 0;
            let control = machineFor(text, world, name);
            for (const [index, kill] of kills.entries()) {
              play(world, await control.turn(name), name, pick, kill);
              // Killed; another control machine may go on.
              if (other) control = machineFor(text, world, name);
              const now = control.standing(name).phase;
              // Before its first mark nothing has begun: the phase is asked for again. It never goes back.
              const begun = now === phases[index + 1] || (index === 2 && now === 'settled');
              expect(begun || now === phases[index]).toBe(true);
              // Between, `kw up`: it goes on with what stands, and then has nothing to do.
              expect(play(world, await control.stands(), name, pick)).toBe(true);
              if (!begun) expect(play(world, await control.turn(name), name, pick)).toBe(true);
              const input = await control.stands();
              expect(about(input, name).filter(one => !isDone(world, one, input))).toEqual([]);
            }
            const input = await control.stands();
            expect(control.standing(name).phase).toBe('settled');
            expect([...world.files].filter(([at]) => /\/rotation\//.test(at))).toEqual([]);
            expect(input.authorities[name]).toBe(pairs.next.certPem);
            if (name === 'ca') expect(world.clients.size).toBe(1);
          },
        ),
        { seed: Number(process.env.KW_TEST_SEED ?? 13), numRuns: process.env.KW_TEST_FULL === undefined ? 8 : 300 },
      );
    },
    300_000,
  );
});

test('the law bites: what a CA signs before it is trusted everywhere is caught', async () => {
  for (const name of ['etcd/ca', 'front-proxy-ca', 'ca'] as const) {
    const world = await built(five, name);
    const control = machineFor(five, world, name);
    const { signer: old } = control.standing(name);
    const input = await control.jump(name, made => ({ phase: 'signing', signer: made, other: old }));
    const all = about(input, name);
    const caught: string[] = [];
    for (let n = 0; n < 200; n++) {
      const [one] = open(world, all, input).toReversed();
      if (!one) break;
      act(world, one, input);
      caught.push(...untrusted(world, input));
    }
    expect(caught).not.toEqual([]);
  }
});
