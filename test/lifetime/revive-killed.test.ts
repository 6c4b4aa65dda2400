/** A revival on simulated hosts: killed anywhere, hosts booted and timers run in between, it ends, and nothing is evicted. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controllerManagerConf, kubeletConf } from '../../src/blueprint/render/paths.js';
import { hostOf } from '../../src/model/resource.js';
import { readCluster } from '../../src/spec/index.js';
import { ancestors } from '../plan/rollout-law.js';
import { apiUp, boot, carryOut, drafted, evicts, reports, timer, type World, worldOf, write } from './reviving.js';

interface Shape {
  readonly planes: number;
  readonly workers: number;
  readonly etcd: number;
}

const specOf = ({ planes, workers, etcd }: Shape) => {
  const hosts = [
    ...Array.from({ length: planes }, (_, at) => [`cp-${at}`, etcd > 0 ? 'controlPlane' : 'etcd, controlPlane']),
    ...Array.from({ length: etcd }, (_, at) => [`db-${at}`, 'etcd']),
    ...Array.from({ length: workers }, (_, at) => [`w-${at}`, 'worker']),
  ].map(([name, roles], at) => `  - {name: ${name}, address: 10.0.0.${at + 11}, roles: [${roles}]}`);
  const text = `name: prod\nkubernetes: 1.36.3\nendpoint: {address: 10.0.0.100}\nhosts:\n${hosts.join('\n')}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

const all = (spec: ReturnType<typeof specOf>): ReadonlySet<string> => new Set(spec.hosts.map(({ name }) => name));

const dead = (shape: Shape, authorities: 'valid' | 'ended' = 'valid'): World => {
  const spec = specOf(shape);
  return worldOf(spec, all(spec), authorities);
};

describe.each([
  { planes: 1, workers: 1, etcd: 0 },
  { planes: 3, workers: 2, etcd: 0 },
  { planes: 2, workers: 3, etcd: 3 },
])('the order in which $planes control planes, $workers workers and $etcd hosts of etcd come back', shape => {
  const world = dead(shape);
  const { plan, revives } = drafted(world);
  const idsOf = (what: RegExp) => plan.steps.filter(({ id }) => what.test(id)).map(({ id }) => id);
  const follows = (later: RegExp, earlier: RegExp, where: 'anywhere' | 'same host' = 'anywhere'): void => {
    const [ids, before] = [idsOf(later), idsOf(earlier)];
    expect(Math.min(ids.length, before.length)).toBeGreaterThan(0);
    for (const id of ids) {
      const own = before.filter(each => where === 'anywhere' || hostOf(each) === hostOf(id));
      expect([...ancestors(plan, id)]).toEqual(expect.arrayContaining(own));
    }
  };

  test('it is seen as one that must be revived', () => expect(revives).toBe(true));
  test('controllers are held before anything else comes back', () => {
    follows(/certificate.*etcd\/(server|peer)\.crt$/, /controllers-held$/);
    follows(/certificate.*pki\/apiserver\.crt$/, /controllers-held$/);
  });
  test('kubelets start again when an API server answers', () => follows(/kubelet\.service$/, /api\/\/readyz$/));
  test('controllers get their credentials when every node reports, and start after that', () => {
    follows(/nodes-report$/, /kubelet\.service$/);
    follows(/kubeconfig.*(controller-manager|scheduler)\.conf$/, /kubelet\.service$/);
    follows(/(kube-controller-manager|kube-scheduler)\.service$/, /(controllers-let-go|nodes-report)$/, 'same host');
  });
  test('what waits for the API waits for etcd to answer, and for any of its servers', () => {
    const step = plan.steps.find(({ id }) => id.endsWith('/api//readyz'));
    expect(step?.afterAny).toEqual(idsOf(/apiserver-answers$/));
    for (const { id, afterAny } of plan.steps)
      if (id.endsWith('kube-apiserver.service')) expect(afterAny).toEqual(idsOf(/etcd-answers$/));
  });
  test('nobody resets, drains, or loses data', () => {
    expect(plan.steps.filter(({ risk }) => risk === 'data' || risk === 'downtime')).toEqual([]);
    expect(plan.steps.filter(({ kind }) => kind === 'drained' || kind === 'cleanup')).toEqual([]);
  });
});

const stories = fc.record({
  planes: fc.constantFrom(1, 3, 5),
  workers: fc.nat({ max: 3 }),
  etcd: fc.constantFrom(0, 0, 3),
  kills: fc.array(fc.nat({ max: 90 }), { maxLength: 5 }),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  authorities: fc.constantFrom('valid' as const, 'ended' as const),
  /** Of each host: what else is so. */
  odd: fc.array(fc.constantFrom('nothing', 'stopped', 'kubelet.conf gone', 'controllers valid', 'unreachable worker'), {
    maxLength: 6,
  }),
  boots: fc.array(fc.nat({ max: 400 }), { maxLength: 3 }),
  timers: fc.array(fc.nat({ max: 400 }), { maxLength: 3 }),
});

type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

const begun = ({ planes, workers, etcd, odd, authorities }: Story): World => {
  const spec = specOf({ planes, workers, etcd });
  const away = spec.hosts.filter(({ roles }, at) => odd[at] === 'unreachable worker' && roles.includes('worker'));
  const gone = new Set(away.filter(({ roles }) => !roles.includes('controlPlane')).map(({ name }) => name));
  const seen = new Set(spec.hosts.map(({ name }) => name).filter(name => !gone.has(name)));
  const world = worldOf(spec, seen, authorities);
  for (const [at, one] of [...world.machines.values()].entries()) {
    if (odd[at] === 'stopped') one.units.clear();
    if (odd[at] === 'kubelet.conf gone' && one.leaves.has(kubeletConf)) one.leaves.set(kubeletConf, 'absent');
    if (odd[at] === 'controllers valid' && one.leaves.has(controllerManagerConf)) write(one, controllerManagerConf, []);
  }
  return world;
};

test('law: killed anywhere, booted and renewed by timers meanwhile, it ends alive, and never would a pod be evicted', () => {
  fc.assert(
    fc.property(stories, story => {
      const world = begun(story);
      let [state, ticks] = [story.seed, 0];
      const random = (): number => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647;
      };
      const hosts = [...world.machines.values()];
      const any = () => hosts[Math.floor(random() * hosts.length)];
      const between = (): void => {
        ticks += 1;
        const one = any();
        if (one && story.boots.includes(ticks)) boot(world, one);
        // Where controllers are not held yet, the timer is a race that begins with the host's boot: see revive.md.
        if (one?.held && story.timers.includes(ticks)) timer(world, one);
      };
      const ends = [...story.kills, 100_000, 100_000, 100_000];
      for (const most of ends) {
        const all = drafted(world);
        if (all.plan.steps.length === 0) break;
        expect(carryOut(world, all, random, most, between).broken).toBeUndefined();
      }
      expect(drafted(world).plan.steps).toEqual([]);
      expect([apiUp(world), evicts(world)]).toEqual([true, undefined]);
      for (const one of hosts.filter(({ name }) => world.reachable.has(name))) {
        expect(one.held).toBe(false);
        if (one.leaves.has(kubeletConf)) expect(reports(world, one.name)).toBe(true);
        if (one.leaves.has(controllerManagerConf)) expect(one.units.has('kube-controller-manager.service')).toBe(true);
      }
    }),
    { numRuns: process.env.KW_TEST_FULL === undefined ? 25 : 1000 },
  );
}, 120_000);

test.each(['valid', 'ended'] as const)(
  'cut off by its first steps, CAs %s: the next run sees a dead cluster',
  authorities => {
    for (let seed = 1; seed <= 120; seed++) {
      const world = dead({ planes: 1, workers: 0, etcd: 0 }, authorities);
      for (const one of world.machines.values()) one.units.clear();
      let state = seed * 7919;
      const random = (): number => {
        state = (state * 48271) % 2147483647;
        return state / 2147483647;
      };
      carryOut(world, drafted(world), random, 2, () => undefined);
      expect(drafted(world).revives, `seed ${seed}`).toBe(true);
    }
  },
);

test('a cluster whose controllers are not held would lose pods: the law can fail', () => {
  const world = dead({ planes: 3, workers: 2, etcd: 0 });
  for (const one of world.machines.values()) if (one.leaves.has(controllerManagerConf)) timer(world, one);
  expect(evicts(world)).toMatch(/kube-controller-manager.service on cp-0 acts, and w-0 does not report/);
});
