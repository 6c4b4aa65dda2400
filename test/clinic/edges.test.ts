import { expect, test } from 'vitest';
import { edgesOf, isSound, proveEdge } from '../../src/clinic/edges.js';
import { baseChart } from './fixture.js';
import { change } from './change.js';

test.each(['five', 'kubeadm'] as const)('every edge of the healthy base %s is proven sound', base => {
  const chart = baseChart(base);
  const edges = edgesOf(chart);
  const count = (kind: string) => edges.filter(edge => edge.kind === kind).length;
  // 3 admin.conf + 3 controller managers + 3 schedulers + 5 kubelets + 5 proxies, through the endpoint to each of three.
  expect(count('api-client')).toBe(3 * 3 + 3 + 3 + 5 * 3 + 5 * 3);
  expect(count('apiserver-kubelet')).toBe(15);
  expect(count('apiserver-etcd')).toBe(9);
  expect(count('etcd-peer')).toBe(6);
  expect(edges.filter(edge => !isSound(proveEdge(edge, chart.now))).map(edge => [edge.kind, edge.client, edge.server, proveEdge(edge, chart.now)])).toEqual([]);
});

test('a CA of the same name with another key is told from the true one', async () => {
  const chart = await change(baseChart('five'), { at: 'hosts/kw-2/served[port=6443]', issue: { ca: 'other-ca' } }, 'test');
  const ill = edgesOf(chart).map(edge => [edge, proveEdge(edge, chart.now)] as const).filter(([, proof]) => proof.server.length > 0);
  expect(ill.length).toBeGreaterThan(0);
  expect(ill.every(([edge, proof]) => edge.server.host === 'kw-2' && proof.server[0]?.code === 'same-name-other-key')).toBe(true);
});
