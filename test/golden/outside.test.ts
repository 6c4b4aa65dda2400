import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { apiserverSans } from '../../src/blueprint/access/certificates.js';
import { identities, outsideServer, outsideServers } from '../../src/blueprint/access/kubeconfigs.js';
import { clusterInfo } from '../../src/blueprint/access/cluster-info.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from './input.js';

const specOf = (hosts: string, more = ''): ClusterSpec => {
  const checked = readCluster(
    `apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.29.3\nhosts:\n${hosts}\n${more}`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const three =
  '  - { name: a, address: 10.0.0.1 }\n  - { name: b, address: 10.0.0.2 }\n  - { name: c, address: 10.0.0.3 }';

test('where every host balances on its loopback, users outside get a control plane that can be reached', () => {
  const spec = specOf(three);
  expect(spec.endpoint).toMatchObject({ balance: 'local', address: '127.0.0.1' });
  expect(outsideServer(spec)).toBe('https://10.0.0.1:6443');
  expect(JSON.stringify(clusterInfo(inputFor(spec, released('1.29.3', '1.7.27'))))).not.toContain('127.0.0.1');
  const [host] = spec.hosts;
  expect(host && identities.kubelet.server(spec)).toBe(`https://127.0.0.1:${spec.endpoint.port}`);
});

test('by its external address where it has one, which its certificate names', () => {
  const spec = specOf(three.replace('address: 10.0.0.1', 'address: 10.0.0.1, externalAddress: 203.0.113.7'));
  expect(outsideServer(spec)).toBe('https://203.0.113.7:6443');
  const [host] = spec.hosts;
  expect(host && apiserverSans(spec, host)).toContain('203.0.113.7');
});

test('any other endpoint is for everybody', () => {
  expect(outsideServer(specOf(three, 'endpoint: { address: 10.0.0.100 }'))).toBe('https://10.0.0.100:8443');
});

test('a kubeconfig for people names every control plane where no address is for all, by a context of its own', () => {
  const spec = specOf(three);
  const text = writeKubeconfig({
    server: outsideServer(spec),
    cluster: 'demo',
    user: 'anna',
    caPem: 'ca',
    certPem: 'cert',
    keyPem: 'key',
    ways: outsideServers(spec).slice(1),
  });
  const { clusters, contexts, ...config } = parse(text) as {
    readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
    readonly contexts: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
  };
  expect(clusters.map(({ name, cluster }) => [name, cluster.server])).toEqual([
    ['demo', 'https://10.0.0.1:6443'],
    ['demo-b', 'https://10.0.0.2:6443'],
    ['demo-c', 'https://10.0.0.3:6443'],
  ]);
  expect(contexts.map(({ name, context }) => [name, context.cluster])).toEqual([
    ['anna@demo', 'demo'],
    ['anna@demo-b', 'demo-b'],
    ['anna@demo-c', 'demo-c'],
  ]);
  expect(config).toMatchObject({ 'current-context': 'anna@demo' });
  expect(outsideServers(specOf(three, 'endpoint: { address: 10.0.0.100 }'))).toEqual([]);
});
