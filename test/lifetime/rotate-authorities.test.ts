/**
 * The exchange of a CA as real plans: each phase ends with nothing to do, also where its runs are killed and another
 * control machine goes on; while the signer changes no member of etcd and no API server restarts.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Input } from '../../src/blueprint/input.js';
import { holdInMemory } from '../../src/engine/vault/store.js';
import { openVault } from '../../src/engine/vault.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { authoritiesFor, seenOf } from '../../src/workflow/build/authorities.js';
import { trustAsHosts } from '../../src/workflow/build/session-trust.js';
import { etcdAuthority, frontProxyAuthority } from '../../src/workflow/rotate/authority.js';
import { clusterAuthority } from '../../src/workflow/rotate/cluster-authority.js';
import type { Phase, Rotatable, Turning } from '../../src/workflow/rotate/rotatable.js';
import { anotherMachine, begin, type Rotating, standsOf, threePlanes, turningOf } from './rotating.js';
import { carryOut, type Drafted, drafted, inputOf } from './world.js';

let ca = '';
let spec: ClusterSpec;
beforeAll(async () => {
  ({ spec, ca } = await threePlanes('  - { name: d, address: 10.0.0.4, roles: [worker] }\n'));
});

const sessionOf = ({ spec, hosts }: Rotating) =>
  ({
    spec,
    lost: new Map(),
    secretFiles: async (names: readonly string[], paths: readonly string[]) =>
      names.map(host => ({
        host,
        files: Object.fromEntries(
          paths.flatMap(path => {
            const found = hosts.get(host)?.files.get(path);
            return found ? [[path, found.text] as const] : [];
          }),
        ),
      })),
  }) as never;

const plan = (at: Rotating, turns: (input: Input) => Input): Drafted => {
  const made = drafted(at.world, at.spec, at.hosts, [], input => turns({ ...input, reveal: at.vault.reveal }));
  if ('refused' in made) throw new Error(JSON.stringify(made.refused));
  return made;
};
const standing = async (at: Rotating): Promise<Drafted> => {
  const now = await authoritiesFor(sessionOf(at), inputOf(at.world, at.spec, at.hosts).facts, at.vault);
  return plan(at, input => ({ ...input, ...now }));
};
const turned = async (at: Rotating, phase: Phase, later: Partial<Turning> = {}): Promise<Drafted> => {
  const stands = await standing(at);
  const input = await phase.wants?.({ ...turningOf(at, stands), session: sessionOf(at), ...later });
  if (!input) throw new Error(`${phase.name} wants nothing`);
  await at.vault.keep();
  return plan(at, () => input);
};
const built = async (): Promise<Rotating> => {
  const at = await begin(spec, ca);
  // The hosts were begun with a CA of the test's; from now on it is the vault's.
  at.world.ca = at.vault.authorities.ca;
  for (let made = await standing(at); made.plan.steps.length > 0; made = await standing(at))
    carryOut(at.world, made, undefined, () => {});
  return at;
};
const starts = ({ hosts }: Rotating) =>
  [...hosts].flatMap(([name, { units }]) =>
    ['etcd.service', 'kube-apiserver.service'].map(unit => [name, unit, units.get(unit)?.started] as const),
  );

const caOf = ({ name }: Rotatable) => (name === 'etcd-ca' ? 'etcd/ca' : name === 'ca' ? 'ca' : 'front-proxy-ca');

const phaseOf = (thing: Rotatable, stands: number): Phase => {
  const phase = thing.phases[stands];
  if (!phase) throw new Error('no phase is left');
  return phase;
};

test.each([frontProxyAuthority, etcdAuthority, clusterAuthority])(
  '$name: three phases, twice, and another machine',
  async thing => {
    const at = await built();
    const names = new Set<string>();
    for (const round of [1, 2])
      for (const [index, phase] of thing.phases.entries()) {
        const before = starts(at);
        const made = await turned(at, phase);
        expect(made.plan.steps.length).toBeGreaterThan(0);
        carryOut(at.world, made, undefined, () => {});
        if (phase.name === 'sign-with-new') expect(starts(at)).toEqual(before);
        else expect(starts(at)).not.toEqual(before);
        expect(
          (await standing(at)).plan.steps.map(({ id }) => id),
          `${round}: ${phase.name}`,
        ).toEqual([]);
        expect(standsOf(at, thing)).toBe(index === 2 ? 0 : index + 1);
        if (index === 2) await phase.settle?.({ ...turningOf(at, await standing(at)), session: sessionOf(at) });
        names.add(at.vault.authority(caOf(thing)).certPem);
      }
    expect(names.size).toBe(3);
    for (const { files } of at.hosts.values())
      expect([...files.keys()].filter(path => path.includes('/pki/rotation/'))).toEqual([]);
    expect((await standing(at)).plan.steps).toEqual([]);
  },
  300_000,
);

test.each([frontProxyAuthority, etcdAuthority, clusterAuthority])(
  '$name: killed anywhere, and gone on with',
  async thing => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ kill: fc.nat(40), elsewhere: fc.boolean(), up: fc.boolean() }), { maxLength: 8 }),
        async turns => {
          const at = await built();
          let furthest = 0;
          for (const { kill, elsewhere, up } of [...turns, ...Array.from({ length: 8 }, () => undefined)].map(
            one => one ?? { kill: undefined, elsewhere: false, up: false },
          )) {
            if (elsewhere) await anotherMachine(at);
            const now = await standing(at);
            const stands = standsOf(at, thing);
            if (furthest === 3 && stands === 0 && now.plan.steps.length === 0) break;
            expect(stands).toBeGreaterThanOrEqual(furthest === 3 ? 0 : furthest);
            const again = up || now.plan.steps.length > 0;
            carryOut(at.world, again ? now : await turned(at, phaseOf(thing, stands)), kill, () => {});
            furthest = Math.max(furthest, standsOf(at, thing), stands === 2 && standsOf(at, thing) === 0 ? 3 : 0);
          }
          expect((await standing(at)).plan.steps).toEqual([]);
          expect(standsOf(at, thing)).toBe(0);
        },
      ),
      { seed: Number(process.env.KW_TEST_SEED ?? 13), numRuns: process.env.KW_TEST_FULL === undefined ? 2 : 100 },
    );
  },
  300_000,
);

test('a control machine that was away for all phases takes the CA that came, with its key', async () => {
  const at = await built();
  const { vault: away } = at;
  const secrets = Object.fromEntries(away.names().map(name => [name, away.reveal(name)]));
  const old = away.authorities.ca;
  for (const phase of clusterAuthority.phases) {
    const later = { clock: () => new Date('2026-02-01T00:00:00Z') };
    carryOut(at.world, await turned(at, phase, later), undefined, () => {});
    expect((await standing(at)).plan.steps).toEqual([]);
  }
  const dir = `/nowhere/away-${process.pid}`;
  holdInMemory(dir, secrets);
  const opened = await openVault(dir, at.spec, { now: () => new Date(), found: async () => [] });
  if (!opened.ok) throw new Error('no vault');
  at.vault = opened.value;
  const seen = seenOf(at.spec, inputOf(at.world, at.spec, at.hosts).facts, 'ca');
  const session = { ...(sessionOf(at) as object), dir, vault: async () => opened } as never;
  await trustAsHosts(session, seen);
  // Without the word of admission, which has looked at etcd too, nobody's CA is taken for ours.
  expect(at.vault.authorities.ca).toBe(old);
  await trustAsHosts(session, seen, [...seen.values()][0]?.trust[0]);
  expect(at.vault.authorities.ca).not.toBe(old);
  expect(at.vault.authority('ca').certPem).toBe(at.vault.authorities.ca);
  expect((await standing(at)).plan.steps).toEqual([]);
}, 300_000);
