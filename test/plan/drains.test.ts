/** Drains in a rollout: no two nodes away that one budget needs, and whoever was cordoned is given back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Budget } from '../../src/facts/upgrade/budgets.js';
import { nodeDrain } from '../../src/facts/node-drain.js';
import type { PodSeen } from '../../src/facts/upgrade/pods.js';
import { defaultDrain, drainAnnotation } from '../../src/model/drain.js';
import type { Plan, Step } from '../../src/model/plan.js';
import { idOf } from '../../src/model/resource.js';
import { disrupts, programOf } from '../../src/plan/disruption.js';
import { type Drains, dueHosts, leftCordoned, type NodeSeen, turnOf, turnResources } from '../../src/plan/drain/due.js';
import { forecast, guardedOn, headroomOf } from '../../src/plan/drain/forecast.js';
import { planText } from '../../src/plan/text.js';
import { pod as podOf } from '../preflight/upgrade/cluster.js';
import { broken } from './rollout-law.js';
import { drafted, type Scene, scenes, wantedMinor, type World, worldOf } from './upgrades.js';

interface Load {
  readonly pods: readonly PodSeen[];
  readonly budgets: readonly Budget[];
  /** Nodes that an earlier run left, by their place. */
  readonly marked: readonly number[];
}

const budget = (name: string, allowed: number): Budget => ({
  name,
  namespace: 'shop',
  selector: { matchLabels: { app: name }, matchExpressions: [] },
  minAvailable: 1,
  allowed,
  healthy: allowed + 1,
  desired: 1,
  expected: allowed + 1,
});

const loads = fc
  .record({
    places: fc.array(fc.tuple(fc.nat(40), fc.constantFrom('a', 'b', 'c', 'free')), { maxLength: 40 }),
    allowed: fc.array(fc.nat(6), { minLength: 3, maxLength: 3 }),
    marked: fc.array(fc.nat(40), { maxLength: 3 }),
  })
  .map(
    ({ places, allowed, marked }) =>
      (hosts: readonly string[]): Load => ({
        pods: places.map(([at, app], n) =>
          podOf(`${app}-${n}`, { labels: { app }, node: hosts[at % Math.max(1, hosts.length)] ?? '' }),
        ),
        budgets: ['a', 'b', 'c'].map((name, n) => budget(name, allowed[n] ?? 0)),
        marked,
      }),
  );

const nodeRaw = (minor: number, isMarked: boolean): string =>
  JSON.stringify({
    status: 200,
    body: {
      metadata: { annotations: isMarked ? { [drainAnnotation]: 'cordoned,drained' } : {}, resourceVersion: '7' },
      spec: { unschedulable: isMarked },
      status: { nodeInfo: { kubeletVersion: `v1.${minor}.2`, containerRuntimeVersion: 'containerd://1.6.36' } },
    },
  });

interface Drained {
  readonly plan: Plan;
  readonly drains: Drains;
  readonly due: readonly string[];
  readonly left: readonly string[];
}

const nodesOf = (world: World): readonly string[] =>
  world.members.filter(member => member.node && member.seen).map(member => member.host);

function withDrains(world: World, scene: Scene, { pods, budgets, marked }: Load): Drained {
  const hosts = nodesOf(world);
  const isLeft = new Set(marked.map(at => hosts[at % Math.max(1, hosts.length)]));
  const nodes = new Map<string, NodeSeen>(
    hosts.map(host => {
      const running = world.programs.get(`${host}/kubelet`)?.running ?? scene.minor;
      const raw = nodeRaw(running, isLeft.has(host));
      return [host, { raw, is: nodeDrain(host).parse(raw) }];
    }),
  );
  const { spec } = world;
  const due = dueHosts({ spec, steps: world.plan.steps, nodes, containerd: () => undefined });
  const left = leftCordoned(nodes);
  const drains: Drains = {
    turns: new Map(
      [...new Set([...due, ...left])].map(host => [
        host,
        turnOf(
          turnResources(host, defaultDrain, spec.kubernetes),
          nodes.get(host)?.raw ?? '',
          due.includes(host),
          guardedOn(host, pods, budgets),
        ),
      ]),
    ),
    headroom: headroomOf(budgets),
    forecasts: due.map(host => forecast(host, pods, budgets, defaultDrain)),
  };
  const plan = drafted(spec, world.resources, world.haves, world.members, false, drains);
  return { plan, drains, due, left };
}

/** What is wrong at any moment of one random order. */
function wrong({ plan, drains, due, left }: Drained, random: () => number): readonly string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const away = new Set(left);
  for (;;) {
    const open = plan.steps.filter(step => !done.has(step.id) && step.after.every(id => done.has(id)));
    for (const says of tooMany([...away, ...open.filter(isDrain).map(step => step.key)], drains, left)) found.add(says);
    const step = open[Math.floor(random() * open.length)];
    if (!step) break;
    done.add(step.id);
    if (isDrain(step)) away.add(step.key);
    if (step.kind === 'uncordoned') away.delete(step.key);
    if (disrupts(step) && programOf(step) === 'kubelet' && due.includes(step.host) && !away.has(step.host))
      found.add(`the kubelet of ${step.host} restarts beside its pods`);
  }
  for (const host of away) found.add(`${host} stays cordoned`);
  if (done.size < plan.steps.length) found.add('not all steps can be done');
  return [...found];
}

const isDrain = (step: Step): boolean => step.kind === 'drained';

/** Nodes that may be away together; those that an earlier run left are away already. */
function tooMany(hosts: readonly string[], { turns, headroom }: Drains, left: readonly string[]): readonly string[] {
  const here = [...new Set(hosts)].filter(host => !left.includes(host) && turns.get(host)?.drain);
  if (here.length < 2) return [];
  const sums = new Map<string, number>();
  for (const host of here)
    for (const [name, count] of turns.get(host)?.guarded ?? []) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums]
    .filter(([name, count]) => count > (headroom?.get(name) ?? 0))
    .map(([name, count]) => `${count} pods of ${name} may go at once, and ${headroom?.get(name)} may`);
}

const seeded = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};

const small = scenes.map(scene => ({ ...scene, workers: scene.workers % 13 }));

describe('laws', () => {
  test('nobody is away whom a budget needs, kubelets of another minor find an empty node, all are given back', () => {
    fc.assert(
      fc.property(small, loads, fc.nat(), (scene, load, seed) => {
        const world = worldOf(scene);
        const found = withDrains(world, scene, load(nodesOf(world)));
        expect(wrong(found, seeded(seed))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('with drains, too, skew, quorum, the share of nodes and zones hold', () => {
    fc.assert(
      fc.property(small, loads, fc.nat(), (scene, load, seed) => {
        const world = worldOf(scene);
        const { plan } = withDrains(world, scene, load(nodesOf(world)));
        expect(broken(world, plan, wantedMinor(scene), seeded(seed))).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  test('whoever was left cordoned is in the plan, with nothing else to do as well', () => {
    fc.assert(
      fc.property(small, loads, (scene, load) => {
        const world = worldOf({ ...scene, dead: [] });
        const { plan, left } = withDrains(world, scene, load(nodesOf(world)));
        const given = plan.steps.filter(step => step.kind === 'uncordoned').map(step => step.key);
        for (const host of left) expect(given).toContain(host);
      }),
      { numRuns: 10 },
    );
  });
});

const calm: Scene = {
  minor: 29,
  change: 'version',
  newEtcd: false,
  controlPlanes: 3,
  etcd: 0,
  workers: 5,
  zones: 0,
  dead: [],
  stopped: [],
  fresh: 0,
  done: 0,
};

describe('the law is not a formality', () => {
  const world = worldOf({ ...calm, workers: 12 });
  const hosts = nodesOf(world);
  const load: Load = {
    pods: hosts.filter(host => host.startsWith('w')).map((node, n) => podOf(`a-${n}`, { labels: { app: 'a' }, node })),
    budgets: [budget('a', 1)],
    marked: [],
  };
  const found = withDrains(world, calm, load);

  test('it holds for the plan itself', () => expect(wrong(found, seeded(3))).toEqual([]));

  test('a budget that is overlooked is found', () => {
    const blind = { ...found.drains, headroom: new Map([['shop/a', 99]]) };
    const plan = drafted(world.spec, world.resources, world.haves, world.members, false, blind);
    expect(wrong({ ...found, plan }, seeded(3)).join('\n')).toContain('pods of shop/a may go at once, and 1 may');
  });

  test.each(['drained', 'uncordoned'])('a step %s that is lost is found', kind => {
    const steps = found.plan.steps
      .filter(step => step.kind !== kind)
      .map(step => ({
        ...step,
        after: step.after.filter(id => !id.startsWith(`cluster/${kind}/`)),
      }));
    expect(wrong({ ...found, plan: { ...found.plan, steps } }, seeded(3))).not.toEqual([]);
  });
});

describe('who is drained', () => {
  const due = (scene: Scene): readonly string[] => {
    const world = worldOf(scene);
    return withDrains(world, scene, { pods: [], budgets: [], marked: [] }).due;
  };

  test('all nodes, where the minor changes', () => {
    expect(due(calm)).toEqual(['cp-1', 'cp-2', 'cp-3', 'w-1', 'w-2', 'w-3', 'w-4', 'w-5']);
  });
  test('none for other flags', () => expect(due({ ...calm, change: 'flags' })).toEqual([]));
  test('a worker alone has nowhere to go', () =>
    expect(due({ ...calm, workers: 1 })).toEqual(['cp-1', 'cp-2', 'cp-3']));
});

test('a node whose pods were not seen goes alone', () => {
  const world = worldOf({ ...calm, workers: 12 });
  const { drains } = withDrains(world, calm, { pods: [], budgets: [], marked: [] });
  const { headroom: _, ...blind } = drains;
  const plan = drafted(world.spec, world.resources, world.haves, world.members, false, blind);
  for (const wave of plan.rollout?.waves ?? [])
    if (wave.drains && wave.hosts[0]?.startsWith('w')) expect(wave.hosts).toHaveLength(1);
});

test('it is told who is drained, and who is in the way', () => {
  const world = worldOf(calm);
  const load: Load = {
    pods: [podOf('web-1', { node: 'w-1', labels: { app: 'a' } }), podOf('x', { node: 'w-2', volumes: ['emptyDir'] })],
    budgets: [budget('a', 0)],
    marked: [],
  };
  const { plan } = withDrains(world, calm, load);
  const text = planText(plan, { color: false, width: 200, verbose: false });
  const says = (line: string) => expect(text).toContain(`\n  ${line}\n`);
  says('drained before their turn, and given back after it: cp-[1-3], w-[1-5] (2 pods go elsewhere)');
  const never = 'PodDisruptionBudget shop/a never allows an eviction (minAvailable: 1, 1 pods)';
  says(`w-1: its drain is blocked by shop/web-1: ${never}`);
  says('w-2: its drain is blocked by shop/x: it loses what is in its emptyDir: allow it with --delete-emptydir-data');
  expect(plan.steps.map(idOf)).toContain('cluster/drained/w-1');
});
