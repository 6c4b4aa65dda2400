import { expect, test } from 'vitest';
import { connectionsOf } from '../../src/clinic/examine/connections.js';
import { everyEdge, isSound, proveEdge } from '../../src/clinic/edges/prove.js';
import { baseChart, readFixture } from './fixture.js';
import { change } from './change.js';

test.each(['five', 'kubeadm'] as const)('every edge of the healthy base %s is proven sound', base => {
  const chart = baseChart(base);
  const edges = everyEdge(chart);
  const count = (kind: string) => edges.filter(edge => edge.kind === kind).length;
  // 3 admin.conf + 3 controller managers + 3 schedulers + 5 kubelets + 5 proxies, through the endpoint to each of
  // three.
  expect(count('api-client')).toBe(3 * 3 + 3 + 3 + 5 * 3 + 5 * 3);
  expect(count('apiserver-kubelet')).toBe(15);
  expect(count('apiserver-etcd')).toBe(9);
  expect(count('etcd-peer')).toBe(6);
  expect(count('kubelet-runtime')).toBe(5);
  expect(
    edges
      .filter(edge => !isSound(proveEdge(edge, chart)))
      .map(edge => [edge.kind, edge.client, edge.server, proveEdge(edge, chart)]),
  ).toEqual([]);
});

test('a CA of the same name with another key is told from the true one', async () => {
  const chart = await change(
    baseChart('five'),
    { at: 'hosts/kw-2/served[port=6443]', issue: { ca: 'other-ca' } },
    'test',
  );
  const ill = everyEdge(chart)
    .map(edge => [edge, proveEdge(edge, chart)] as const)
    .filter(([, proof]) => proof.server.length > 0);
  expect(ill.length).toBeGreaterThan(0);
  expect(
    ill.every(([edge, proof]) => edge.server.host === 'kw-2' && proof.server[0]?.code === 'same-name-other-key'),
  ).toBe(true);
});

test('a webhook and an aggregated API are edges: proven where a host serves them, and not seen where a pod does', async () => {
  const { chart } = await readFixture('webhook-deadlock', 'sick-ca-bundle.yaml');
  const hooks = everyEdge(chart).filter(
    edge => edge.kind === 'apiserver-webhook' && edge.client.source.startsWith('guard'),
  );
  expect(hooks.map(edge => [edge.client.host, edge.server.host, edge.server.port, edge.dials])).toEqual(
    ['kw-1', 'kw-2', 'kw-3'].map(host => [host, 'kw-1', 10250, 'guard.policy.svc']),
  );
  expect(hooks.every(edge => proveEdge(edge, chart).server[0]?.code === 'unknown-issuer')).toBe(true);
  const apis = await readFixture('namespace-terminating-apiservice', 'sick-ca-bundle.yaml');
  const called = everyEdge({
    ...apis.chart,
    api: {
      ...apis.chart.api,
      objects: {
        ...apis.chart.api.objects,
        endpoints: {
          host: 'cluster',
          source: 'endpoints',
          at: '',
          value: [
            {
              metadata: { name: 'metrics-server', namespace: 'kube-system' },
              subsets: [{ addresses: [{ ip: '10.244.3.9' }], ports: [{ port: 4443 }] }],
            },
          ],
        },
      },
    },
  }).filter(edge => edge.kind === 'apiserver-aggregated');
  expect(called.map(edge => proveEdge(edge, apis.chart).missing[0]?.why)).toEqual(
    Array(3).fill('a pod: what it serves was not looked at'),
  );
});

test('where the API server verifies nobody, nobody misses what a pod serves', async () => {
  const metadata = { name: 'metrics-server', namespace: 'kube-system' };
  const changes = [
    {
      at: 'api/apiservices.apiregistration.k8s.io',
      append: {
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: { service: metadata, group: 'metrics.k8s.io', version: 'v1beta1', insecureSkipTLSVerify: true },
      },
    },
    { at: 'api/services', append: { metadata, spec: { ports: [{ name: 'https', port: 443 }] } } },
    {
      at: 'api/endpoints',
      append: { metadata, subsets: [{ addresses: [{ ip: '10.244.3.9' }], ports: [{ name: 'https', port: 10250 }] }] },
    },
  ];
  let chart = baseChart('five');
  for (const one of changes) chart = await change(chart, one, 'test');
  expect(everyEdge(chart).filter(edge => edge.kind === 'apiserver-aggregated').length).toBe(3);
  expect(connectionsOf(chart)).toMatchObject({ broken: 0, unseen: 0, sound: everyEdge(baseChart('five')).length + 3 });
});

test('an edge tells whom the server sees, and what RBAC gives that one', async () => {
  const healthy = baseChart('five');
  const toApi = (chart: typeof healthy, program: string) =>
    everyEdge(chart)
      .filter(edge => edge.kind === 'api-client' && edge.client.program === program)
      .map(edge => proveEdge(edge, chart));
  expect(toApi(healthy, 'kube-scheduler')[0]?.who).toEqual({ user: 'system:kube-scheduler', groups: [] });
  expect(toApi(healthy, 'kubelet')[0]?.who?.groups).toEqual(['system:nodes']);
  const unbound = (await readFixture('forbidden-for-component', 'sick-binding.yaml')).chart;
  expect(toApi(unbound, 'kube-scheduler').flatMap(proof => proof.refused).length).toBeGreaterThan(0);
  const wrongNode = (await readFixture('node-name-mismatch', 'sick-override.yaml')).chart;
  expect(toApi(wrongNode, 'kubelet').some(proof => proof.meant?.startsWith('system:node:'))).toBe(true);
});

test('without the API rights are not seen, and no edge that needs them is called sound', () => {
  const { api, ...rest } = baseChart('five');
  const chart = { ...rest, api: { ...api, objects: {} } };
  const proof = everyEdge(chart)
    .filter(edge => edge.client.program === 'kube-scheduler')
    .map(edge => proveEdge(edge, chart))[0];
  expect(proof?.missing.map(one => one.what)).toContain('clusterrolebindings.rbac.authorization.k8s.io');
});

test('the connections of a report: all sound, or the broken ones with all that is wrong with each', async () => {
  const { sound, broken, unseen } = connectionsOf(baseChart('five'));
  expect({ broken, unseen }).toEqual({ broken: 0, unseen: 0 });
  expect(sound).toBe(everyEdge(baseChart('five')).length);
  const ill = connectionsOf((await readFixture('forbidden-for-component', 'sick-binding.yaml')).chart);
  expect(ill.examples[0]?.why.join()).toMatch(/RBAC does not let user "system:/);
});
