/**
 * At no moment of any phase, in any order that the plan may take and killed anywhere, is a certificate shown that the
 * other end does not trust; and whoever is killed goes on from what lies on the hosts.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AuthorityName, Input } from '../../src/blueprint/input.js';
import type { Vault } from '../../src/engine/vault.js';
import { authoritySecret } from '../../src/engine/vault/names.js';
import { withRole } from '../../src/model/cluster.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { createAuthority, type Pair } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { after, begun, type Standing } from '../../src/pki/standing.js';
import { readCluster } from '../../src/spec/index.js';
import {
  authoritiesFor,
  exchange,
  exchanging,
  firstOf,
  learnPair,
  standingIn,
} from '../../src/workflow/build/authorities.js';
import { inputFor, released } from '../golden/input.js';
import { about, act, isDone, marksOf, open, untrusted, type World } from './authority-world.js';

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

const pairs: Record<string, Pair> = {};
beforeAll(async () => {
  for (const name of ['ca', 'etcd/ca', 'front-proxy-ca', 'next'])
    pairs[name] = await createAuthority({
      commonName: 'etcd-ca',
      days: 30,
      algorithm: 'ecdsa-p256',
      now: new Date(Date.UTC(2026, 0, name === 'next' ? 2 : 1)),
    });
});

/** A vault that remembers in memory alone, as `engine/vault.ts` does until it is told to keep. */
const vaultOf = (): Vault => {
  const secrets: Record<string, string> = Object.fromEntries(
    ['ca', 'etcd/ca', 'front-proxy-ca'].flatMap(name => [
      [`pki/${name}.crt`, pairs[name]?.certPem ?? ''],
      [`pki/${name}.key`, pairs[name]?.keyPem ?? ''],
    ]),
  );
  const trust: Record<string, string> = {};
  return {
    get authorities() {
      const of = (name: AuthorityName) => trust[name] ?? secrets[`pki/${name}.crt`] ?? '';
      return { ca: of('ca'), 'etcd/ca': of('etcd/ca'), 'front-proxy-ca': of('front-proxy-ca') };
    },
    chainPem: '',
    reveal: name => secrets[name] ?? `value of ${name}`,
    has: name => secrets[name] !== undefined,
    names: () => Object.keys(secrets),
    learn: more => void Object.assign(secrets, { ...more, ...secrets }),
    keep: async () => {},
    exchange: (name, to) => void Object.assign(trust, { [name]: to.trust }),
    succeed: async (name, certificate) => {
      delete trust[name];
      const keyPem = secrets[authoritySecret(name, certificate, 'key')] ?? '';
      Object.assign(secrets, { [`pki/${name}.crt`]: certificate.pem, [`pki/${name}.key`]: keyPem });
    },
  } satisfies Omit<Vault, 'authority' | 'issue' | 'accountKeys' | 'encryptionKeys' | 'promote'> as unknown as Vault;
};

/** A control machine: with what it knows already, or a new one that has the first CAs alone. */
const machine = (text: string, world: World) => {
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const spec = checked.value;
  const vault = vaultOf();
  const base = { ...inputFor(spec, released('1.37.2', '2.1.9')), reveal: vault.reveal };
  const facts = () =>
    new Map(
      [...base.facts].map(([host, fact]) => {
        const plane = withRole(spec, 'controlPlane').some(({ name }) => name === host);
        return [host, plane ? { ...fact, authorities: marksOf(world, host) } : fact];
      }),
    );
  const session = {
    spec,
    secretFiles: async (hosts: readonly string[], paths: readonly string[]) =>
      hosts.map(host => ({
        host,
        files: Object.fromEntries(
          paths.flatMap(path => {
            const found = world.files.get(`${host} ${path}`);
            return found === undefined ? [] : [[path, found]];
          }),
        ),
      })),
  };
  const stands = async (): Promise<Input> => ({
    ...base,
    facts: facts(),
    ...(await authoritiesFor(session, facts(), vault)),
  });
  const standing = (name: AuthorityName): Standing => {
    const found = standingIn(spec, facts(), name, vault);
    const signer = firstOf(vault, name);
    if (!signer) throw new Error('no CA');
    return found ?? { phase: 'settled', signer };
  };
  const jump = async (name: AuthorityName, to: (made: Certificate) => Standing): Promise<Input> => {
    const input = await stands();
    const now = standing(name);
    const [made] = readCertificates(pairs.next?.certPem ?? '').certificates;
    if (!made) throw new Error('no CA');
    if (now.phase === 'settled') learnPair(vault, name, made, pairs.next?.keyPem ?? '');
    return { ...input, ...exchanging(vault, { ...input.rotating, [name]: exchange(vault, name, to(made)) }) };
  };
  const turn = (name: AuthorityName) =>
    jump(name, made => {
      const now = standing(name);
      return now.phase === 'settled' ? begun(now, made) : after(now);
    });
  return { stands, standing, jump, turn };
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
  const world: World = { files: new Map(), loaded: new Map(), published: new Set() };
  const input = await machine(text, world).stands();
  for (const each of ['etcd/ca', 'front-proxy-ca'] as const) {
    const all = about(input, each);
    for (let next = open(world, all, input); next.length > 0; next = open(world, all, input))
      for (const one of next) act(world, one, input);
  }
  expect(untrusted(world, input)).toEqual([]);
  expect(about(input, name).every(one => isDone(world, one, input))).toBe(true);
  return world;
};

const phases = ['settled', 'trusting', 'signing', 'forgetting'] as const;

describe.each([
  ['five hosts', five],
  ['etcd apart', apart],
])('%s', (_, text) => {
  test.each(['etcd/ca', 'front-proxy-ca'] as const)(
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
            let control = machine(text, world);
            for (const [index, kill] of kills.entries()) {
              play(world, await control.turn(name), name, pick, kill);
              // Killed; another control machine may go on.
              if (other) control = machine(text, world);
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
            expect(input.authorities[name]).toBe(pairs.next?.certPem);
          },
        ),
        { seed: Number(process.env.KW_TEST_SEED ?? 13), numRuns: process.env.KW_TEST_FULL === undefined ? 8 : 300 },
      );
    },
    300_000,
  );
});

test('the law bites: what a CA signs before it is trusted everywhere is caught', async () => {
  for (const name of ['etcd/ca', 'front-proxy-ca'] as const) {
    const world = await built(five, name);
    const control = machine(five, world);
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
