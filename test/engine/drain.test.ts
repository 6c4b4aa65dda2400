/** A node is emptied within every budget, or left as it was found, with the pod and the reason named. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { uncordon } from '../../src/engine/run/cordon.js';
import { drainNode } from '../../src/engine/run/drain.js';
import { drainAnnotation } from '../../src/model/drain.js';
import { WorldFailed } from '../../src/model/event.js';
import type { Action } from '../../src/model/resource.js';
import { type FakeCluster, fakeCluster, type FakePod } from './cluster-api.js';

const web = (n: number, node: string, more: Partial<FakePod> = {}): FakePod => ({
  name: `web-${n}`,
  node,
  app: 'web',
  owner: 'ReplicaSet',
  ...more,
});

type Drain = Extract<Action, { do: 'drain' }>;
const asked: Drain = {
  do: 'drain',
  node: 'kw-4',
  eviction: 'policy/v1',
  emptyDir: false,
  bare: false,
  seconds: 0.05,
};

const drain = (cluster: FakeCluster, more: Partial<Drain> = {}) => {
  const waits: string[] = [];
  let stop = false;
  const result = drainNode(
    { ...asked, ...more },
    { api: async () => cluster, waiting: says => waits.push(says), stopped: () => stop, pauseMs: 1 },
  );
  return { result, waits, stop: () => (stop = true) };
};

const three = (): FakeCluster => fakeCluster(['kw-4', 'kw-5', 'kw-6']);
const free = { unschedulable: undefined, annotations: {} };

test('pods go within their budget, those of DaemonSets and static ones stay, and the node is marked', async () => {
  const cluster = three();
  cluster.budgets.push({ name: 'web', app: 'web', minAvailable: 2 });
  cluster.pods.push(web(1, 'kw-4'), web(2, 'kw-4'), web(3, 'kw-5'));
  cluster.pods.push(
    { name: 'proxy', node: 'kw-4', owner: 'DaemonSet' },
    { name: 'static', node: 'kw-4', owner: 'Node' },
  );
  expect(await drain(cluster, { seconds: 5 }).result).toBeUndefined();
  expect(cluster.pods.filter(pod => pod.node === 'kw-4').map(pod => pod.name)).toEqual(['proxy', 'static']);
  expect(cluster.worst.get('web')).toBe(1);
  expect(cluster.nodes.get('kw-4')).toMatchObject({
    unschedulable: true,
    annotations: { [drainAnnotation]: 'cordoned,drained' },
  });
  await uncordon(cluster, 'kw-4');
  expect(cluster.nodes.get('kw-4')).toMatchObject(free);
});

interface Blocked {
  readonly plant: (cluster: FakeCluster) => void;
  readonly class: 'timeout' | 'refused';
  readonly says: readonly string[];
}

const kinds: Readonly<Record<string, Blocked>> = {
  'a budget that allows nothing': {
    plant: cluster => {
      cluster.budgets.push({ name: 'web', app: 'web', minAvailable: 1 });
      cluster.pods.push(web(1, 'kw-4'));
    },
    class: 'timeout',
    says: ['shop/web-1: PodDisruptionBudget shop/web never allows an eviction (minAvailable: 1, 1 pods)'],
  },
  'a budget whose other pods are not ready': {
    plant: cluster => {
      cluster.budgets.push({ name: 'web', app: 'web', minAvailable: 1 });
      cluster.pods.push(web(1, 'kw-4'), web(2, 'kw-5', { ready: false }));
    },
    class: 'timeout',
    says: ['PodDisruptionBudget shop/web allows no eviction now: 1 of 2 pods are healthy', 'not ready: shop/web-2'],
  },
  'two budgets on one pod': {
    plant: cluster => {
      cluster.budgets.push({ name: 'web', app: 'web', minAvailable: 0 }, { name: 'all', app: 'web', minAvailable: 0 });
      cluster.pods.push(web(1, 'kw-4'));
    },
    class: 'timeout',
    says: ['PodDisruptionBudget shop/web and PodDisruptionBudget shop/all select it', 'more than one'],
  },
  'a pod that nobody makes again': {
    plant: cluster => {
      cluster.pods.push({ name: 'debug', node: 'kw-4' });
    },
    class: 'refused',
    says: ['shop/debug: nobody makes it again', '--delete-bare-pods'],
  },
  'data in an emptyDir': {
    plant: cluster => {
      cluster.pods.push(web(1, 'kw-4', { emptyDir: true }));
    },
    class: 'refused',
    says: ['shop/web-1: it loses what is in its emptyDir', '--delete-emptydir-data'],
  },
  'a pod that waits for its finalizer for ever': {
    plant: cluster => {
      cluster.pods.push(web(1, 'kw-4', { finalizers: ['example.com/lock'] }));
    },
    class: 'timeout',
    says: ['shop/web-1: it is being deleted since 2026-11-28T23:00:00Z', 'example.com/lock'],
  },
  'a webhook that refuses evictions': {
    plant: cluster => {
      cluster.pods.push(web(1, 'kw-4'));
      cluster.webhook = 'guard.example.com';
    },
    class: 'timeout',
    says: ['shop/web-1: 403 admission webhook "guard.example.com" denied the request: not today'],
  },
  'no room elsewhere': {
    plant: cluster => {
      cluster.budgets.push({ name: 'web', app: 'web', minAvailable: 1 });
      for (const name of ['kw-5', 'kw-6'])
        cluster.nodes.set(name, { annotations: {}, version: 1, unschedulable: true });
      cluster.pods.push(web(1, 'kw-4'), web(2, 'kw-4'));
    },
    class: 'timeout',
    says: ['not ready: shop/web-1x (Unschedulable: 0/2 nodes are available)'],
  },
  'data on the node itself': {
    plant: cluster => {
      cluster.budgets.push({ name: 'web', app: 'web', minAvailable: 1 });
      const stuck = "2 node(s) didn't match PersistentVolume's node affinity";
      cluster.pods.push(web(1, 'kw-4', { stuck }), web(2, 'kw-4', { stuck }));
    },
    class: 'timeout',
    says: ["didn't match PersistentVolume's node affinity"],
  },
};

describe.each(Object.entries(kinds))('blocked by %s', (_, { plant, class: kind, says }) => {
  test('it is named, and the node takes pods as before', async () => {
    const cluster = three();
    plant(cluster);
    const refusal = await drain(cluster).result;
    expect(refusal?.class).toBe(kind);
    for (const part of says) expect(refusal?.message).toContain(part);
    expect(refusal?.message).toContain('kw-4');
    expect(cluster.nodes.get('kw-4')).toMatchObject(free);
  });

  test('a cordon of somebody else stays, and is not marked', async () => {
    const cluster = three();
    plant(cluster);
    cluster.nodes.set('kw-4', { annotations: {}, version: 7, unschedulable: true });
    await drain(cluster).result;
    expect(cluster.nodes.get('kw-4')).toMatchObject({ unschedulable: true, annotations: {} });
  });
});

test('what kubectl asks a flag for goes by a flag', async () => {
  const cluster = three();
  cluster.pods.push({ name: 'debug', node: 'kw-4' }, web(1, 'kw-4', { emptyDir: true }));
  expect(await drain(cluster, { bare: true, emptyDir: true }).result).toBeUndefined();
  expect(cluster.pods.map(pod => [pod.name, pod.node])).toEqual([['web-1x', 'kw-5']]);
});

test('refused by what needs a flag, nothing was touched: no cordon, no eviction', async () => {
  const cluster = three();
  cluster.pods.push(web(1, 'kw-4'), { name: 'debug', node: 'kw-4' });
  await drain(cluster).result;
  expect(cluster.changes).toEqual([]);
});

test('a node that is not there has nothing to be drained of', async () => {
  expect(await drain(fakeCluster(['kw-5'])).result).toBeUndefined();
});

test('an API that is away for a moment is asked again', async () => {
  const cluster = three();
  cluster.pods.push(web(1, 'kw-4'));
  let asks = 0;
  cluster.before = (method, path) => {
    asks += 1;
    if (method === 'POST' && asks < 8) throw new WorldFailed({ class: 'unreachable', message: `${path}: away` });
  };
  expect(await drain(cluster, { seconds: 5 }).result).toBeUndefined();
});

test('while it waits it says for whom', async () => {
  const cluster = three();
  kinds['a budget whose other pods are not ready']?.plant(cluster);
  const { result, waits } = drain(cluster);
  await result;
  expect(waits).toEqual([expect.stringContaining('kw-4 to be drained: shop/web-1: 429 Cannot evict pod')]);
});

describe('killed at any request, and run again', () => {
  const died = new WorldFailed({ class: 'unreachable', message: 'killed' });
  const scene = fc.record({
    webs: fc.integer({ min: 0, max: 6 }),
    spare: fc.integer({ min: 0, max: 2 }),
    foreign: fc.boolean(),
    dies: fc.integer({ min: 1, max: 25 }),
    gives: fc.boolean(),
  });

  test('it ends drained or given back; a foreign cordon stays; no budget is ever broken', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ webs, spare, foreign, dies, gives }) => {
        const cluster = three();
        for (let n = 0; n < webs + spare; n += 1) cluster.pods.push(web(n, n < webs ? 'kw-4' : 'kw-5'));
        const minAvailable = Math.max(0, webs + spare - 1);
        cluster.budgets.push({ name: 'web', app: 'web', minAvailable });
        if (foreign) cluster.nodes.set('kw-4', { annotations: {}, version: 3, unschedulable: true });
        let asks = 0;
        let dead = false;
        cluster.before = () => {
          asks += 1;
          dead ||= asks === dies;
          // A process that is gone changes nothing any more.
          if (dead) throw died;
        };
        await drain(cluster).result.catch(() => undefined);
        delete cluster.before;
        if (!gives) expect(await drain(cluster, { seconds: 5 }).result).toBeUndefined();
        await uncordon(cluster, 'kw-4');
        const node = cluster.nodes.get('kw-4');
        expect([node?.unschedulable, node?.annotations]).toEqual([foreign ? true : undefined, {}]);
        expect(cluster.worst.get('web') ?? 0).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });
});
