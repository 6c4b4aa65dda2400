/** What a drain meets, and backends that are not there. */
import { pod, seenAs, withNode, withObjects, withSeen } from '../cluster.js';
import { type Plant, behind, budget, hook, v, validating } from './planting.js';

export const evictions: readonly Plant[] = [
  {
    name: 'a budget that never allows an eviction',
    way: v(29),
    plant: one => withSeen(one, { budgets: seenAs([budget('web')]), pods: seenAs([pod('web-1')]) }),
    rule: 'eviction-forbidden',
    hits: ['shop/web', 'web-1'],
  },
  {
    name: 'a budget whose pods are not ready',
    way: v(29),
    plant: one =>
      withSeen(one, {
        budgets: seenAs([budget('web', { minAvailable: 2, healthy: 1, desired: 2, expected: 3 })]),
        pods: seenAs([pod('web-1'), pod('web-2', { ready: false })]),
      }),
    rule: 'eviction-forbidden',
    hits: ['web-2'],
  },
  {
    name: 'two budgets on one pod',
    way: v(29),
    plant: one =>
      withSeen(one, {
        budgets: seenAs([budget('web', { allowed: 1 }), budget('all', { allowed: 1 })]),
        pods: seenAs([pod('web-1')]),
      }),
    rule: 'two-budgets',
    hits: ['Pod shop/web-1', 'shop/all'],
  },
  {
    name: 'a pod without a controller',
    way: v(29),
    plant: one => {
      const { owner: _, ...bare } = pod('debug');
      return withSeen(one, { pods: seenAs([bare]) });
    },
    rule: 'pod-without-controller',
    hits: ['Pod shop/debug'],
  },
  {
    name: 'a pod with data in an emptyDir',
    way: v(29),
    plant: one => withSeen(one, { pods: seenAs([pod('cache', { volumes: ['emptyDir'] })]) }),
    rule: 'empty-dir',
    hits: ['Pod shop/cache'],
  },
  {
    name: 'a pod that waits for its finalizers',
    way: v(29),
    plant: one =>
      withSeen(one, {
        pods: seenAs([pod('stuck', { deleting: '2026-11-01T00:00:00Z', finalizers: ['example.com/lock'] })]),
      }),
    rule: 'pod-terminating',
    hits: ['Pod shop/stuck', 'example.com/lock'],
  },
  {
    name: 'a claim on a local volume',
    way: v(29),
    plant: one =>
      withSeen(one, {
        volumes: seenAs([{ name: 'disk-1', type: 'local', claim: 'shop/data-db-0' }]),
        pods: seenAs([pod('db-0', { volumes: ['claim:data-db-0'] })]),
      }),
    rule: 'local-data',
    hits: ['Pod shop/db-0'],
  },
  {
    name: 'pods that fit nowhere else',
    way: v(29),
    plant: one =>
      withSeen(one, {
        pods: seenAs([
          pod('big', { requests: { cpu: 1500, memory: 1024 ** 3 } }),
          pod('fat', { node: 'kw-5', requests: { cpu: 1500, memory: 1024 ** 3 } }),
        ]),
      }),
    rule: 'does-not-fit',
    hits: ['kw-4', 'Pod shop/big'],
  },
  {
    name: 'a webhook without a backend',
    way: v(29),
    plant: one => withObjects(one, validating, hook('guard')),
    rule: 'webhook-without-backend',
    hits: ['guard', 'policy/guard'],
  },
  {
    name: 'a webhook on one pod',
    way: v(29),
    plant: one => withObjects(withObjects(one, validating, hook('guard')), 'endpoints', behind(1)),
    rule: 'webhook-on-one-pod',
    hits: ['guard'],
  },
  {
    name: 'a webhook for versions that go',
    way: v(24),
    plant: one =>
      withObjects(
        withObjects(
          one,
          validating,
          hook('guard', {
            matchPolicy: 'Exact',
            rules: [{ apiGroups: ['batch'], apiVersions: ['v1beta1'], resources: ['cronjobs'] }],
          }),
        ),
        'endpoints',
        behind(2),
      ),
    rule: 'webhook-old-versions',
    hits: ['guard'],
  },
  {
    name: 'an API that does not answer',
    way: v(29),
    plant: one =>
      withObjects(one, 'apiservices.apiregistration.k8s.io', {
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        status: { conditions: [{ type: 'Available', status: 'False' }] },
      }),
    rule: 'apiservice-unavailable',
    hits: ['v1beta1.metrics.k8s.io'],
  },
  {
    name: 'certificates that end soon',
    way: v(29),
    plant: one => ({ ...one, chart: { ...one.chart, now: '2027-05-20T12:00:00.000Z' } }),
    rule: 'certificate-ends',
    hits: ['/etc/kubernetes'],
  },
  {
    name: 'nodes of Cluster API',
    way: v(29),
    plant: one =>
      withNode(one, 'kw-4', node => ({
        ...node,
        metadata: { ...node.metadata, annotations: { 'cluster.x-k8s.io/machine': 'kw-4' } },
      })),
    rule: 'other-owner',
    hits: ['kw-4'],
  },
];
