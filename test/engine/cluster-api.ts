/** Nodes, pods and budgets as an API server keeps them: what a drain meets, without a cluster. */
import type { Api } from '../../src/engine/context.js';

export interface FakePod {
  readonly name: string;
  node: string;
  readonly app?: string;
  readonly owner?: string;
  readonly emptyDir?: boolean;
  readonly finalizers?: readonly string[];
  ready?: boolean;
  deleting?: boolean;
  /** It starts nowhere else: its data lie on its node, or there is no room. */
  readonly stuck?: string;
  waits?: string;
}

export interface FakeBudget {
  readonly name: string;
  readonly app: string;
  readonly minAvailable: number;
}

export interface FakeNode {
  unschedulable?: boolean | undefined;
  annotations: Record<string, string>;
  version: number;
}

export interface FakeCluster extends Api {
  readonly nodes: Map<string, FakeNode>;
  pods: FakePod[];
  readonly budgets: FakeBudget[];
  /** Every change, in its order: `PATCH kw-4`, `evict web-1`. */
  readonly changes: string[];
  /** Says no to evictions. */
  webhook?: string;
  /** Called before each request; what it throws is what the client sees. */
  before?: (method: string, path: string) => void;
  /** The most pods of each budget that were ever missing at once. */
  readonly worst: Map<string, number>;
}

const namespace = 'shop';
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

export const fakeCluster = (nodes: readonly string[]): FakeCluster => {
  const cluster: FakeCluster = {
    nodes: new Map(nodes.map(name => [name, { unschedulable: undefined, annotations: {}, version: 1 }])),
    pods: [],
    budgets: [],
    changes: [],
    worst: new Map(),
    async request(method, path, body) {
      cluster.before?.(method, path);
      const answer = answered(cluster, method, path, body);
      settle(cluster);
      return answer;
    },
  };
  return cluster;
};

type Answer = { readonly status: number; readonly body: unknown };
const message = (status: number, text: string, causes: readonly string[] = []): Answer => ({
  status,
  body: { kind: 'Status', message: text, details: { causes: causes.map(each => ({ message: each })) } },
});

function answered(cluster: FakeCluster, method: string, path: string, body: unknown): Answer {
  const [, node] = /^\/api\/v1\/nodes\/([^/?]+)$/.exec(path) ?? [];
  if (node !== undefined)
    return method === 'GET' ? nodeAnswer(cluster, node) : patched(cluster, node, body as NodePatch);
  const [, on] = /^\/api\/v1\/pods(?:\?fieldSelector=spec\.nodeName%3D([^&]+))?$/.exec(path) ?? [];
  if (path.startsWith('/api/v1/pods'))
    return { status: 200, body: { items: cluster.pods.filter(pod => !on || pod.node === on).map(podObject) } };
  if (path.endsWith('/poddisruptionbudgets'))
    return { status: 200, body: { items: cluster.budgets.map(budget => budgetObject(cluster, budget)) } };
  const [, evicted] = /\/pods\/([^/]+)\/eviction$/.exec(path) ?? [];
  if (evicted !== undefined) return evict(cluster, evicted);
  return message(404, 'the server could not find the requested resource');
}

const nodeAnswer = (cluster: FakeCluster, name: string): Answer => {
  const node = cluster.nodes.get(name);
  if (!node) return message(404, `nodes "${name}" not found`);
  return {
    status: 200,
    body: json({
      metadata: { name, annotations: node.annotations, resourceVersion: String(node.version) },
      spec: node.unschedulable ? { unschedulable: true } : {},
    }),
  };
};

interface NodePatch {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string | null>>;
  };
  readonly spec?: { readonly unschedulable?: boolean | null };
}

function patched(cluster: FakeCluster, name: string, { metadata, spec }: NodePatch): Answer {
  const node = cluster.nodes.get(name);
  if (!node) return message(404, `nodes "${name}" not found`);
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== String(node.version))
    return message(409, 'the object has been modified');
  for (const [key, value] of Object.entries(metadata.annotations ?? {}))
    if (value === null) delete node.annotations[key];
    else node.annotations[key] = value;
  if (spec && 'unschedulable' in spec) node.unschedulable = spec.unschedulable ?? undefined;
  node.version += 1;
  cluster.changes.push(`PATCH ${name}`);
  return nodeAnswer(cluster, name);
}

const ofBudget = (cluster: FakeCluster, { app }: FakeBudget): readonly FakePod[] =>
  cluster.pods.filter(pod => pod.app === app);
const healthyOf = (cluster: FakeCluster, budget: FakeBudget): number =>
  ofBudget(cluster, budget).filter(pod => pod.ready !== false && !pod.deleting).length;

function evict(cluster: FakeCluster, name: string): Answer {
  const pod = cluster.pods.find(each => each.name === name);
  if (!pod) return message(404, `pods "${name}" not found`);
  if (cluster.webhook) return message(403, `admission webhook "${cluster.webhook}" denied the request: not today`);
  const held = cluster.budgets.filter(({ app }) => app === pod.app);
  if (held.length > 1)
    return message(
      500,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const [budget] = held;
  if (budget && !pod.deleting && healthyOf(cluster, budget) <= budget.minAvailable)
    return message(429, "Cannot evict pod as it would violate the pod's disruption budget.", [
      `The disruption budget ${budget.name} needs ${budget.minAvailable} healthy pods and has ` +
        `${healthyOf(cluster, budget)} currently`,
    ]);
  if (!pod.deleting) cluster.changes.push(`evict ${name}`);
  pod.deleting = true;
  return { status: 201, body: { kind: 'Status', status: 'Success' } };
}

/** Pods that end are gone, and their controller has made another one elsewhere. */
function settle(cluster: FakeCluster): void {
  for (const budget of cluster.budgets) {
    const missing = ofBudget(cluster, budget).length - healthyOf(cluster, budget);
    cluster.worst.set(budget.name, Math.max(cluster.worst.get(budget.name) ?? 0, missing));
  }
  for (const pod of cluster.pods.filter(each => each.deleting && !each.finalizers?.length)) {
    const free = [...cluster.nodes].find(([name, node]) => name !== pod.node && !node.unschedulable)?.[0];
    cluster.pods = cluster.pods.filter(each => each !== pod);
    if (pod.owner === undefined) continue;
    const home = pod.stuck === undefined ? free : undefined;
    const { deleting: _, ...again } = pod;
    cluster.pods.push(
      home === undefined
        ? { ...again, name: `${pod.name}x`, node: '', ready: false, waits: pod.stuck ?? '0/2 nodes are available' }
        : { ...again, name: `${pod.name}x`, node: home },
    );
  }
}

const podObject = (pod: FakePod): unknown => ({
  metadata: {
    name: pod.name,
    namespace,
    labels: pod.app === undefined ? {} : { app: pod.app },
    ...(pod.owner === undefined ? {} : { ownerReferences: [{ kind: pod.owner, controller: true }] }),
    ...(pod.deleting ? { deletionTimestamp: '2026-11-28T23:00:00Z', deletionGracePeriodSeconds: 30 } : {}),
    ...(pod.finalizers ? { finalizers: pod.finalizers } : {}),
  },
  spec: {
    nodeName: pod.node,
    containers: [{}],
    volumes: pod.emptyDir ? [{ name: 'scratch', emptyDir: {} }] : [],
  },
  status: {
    phase: pod.waits === undefined ? 'Running' : 'Pending',
    conditions: [
      { type: 'Ready', status: pod.ready === false ? 'False' : 'True' },
      ...(pod.waits === undefined
        ? []
        : [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: pod.waits }]),
    ],
  },
});

const budgetObject = (cluster: FakeCluster, budget: FakeBudget): unknown => {
  const healthy = healthyOf(cluster, budget);
  return {
    metadata: { name: budget.name, namespace },
    spec: { minAvailable: budget.minAvailable, selector: { matchLabels: { app: budget.app } } },
    status: {
      disruptionsAllowed: Math.max(0, healthy - budget.minAvailable),
      currentHealthy: healthy,
      desiredHealthy: budget.minAvailable,
      expectedPods: ofBudget(cluster, budget).length,
    },
  };
};
