/** Of what no file is drawn: another owner, two clusters, a part that was not seen. */
import { expect, test } from 'vitest';
import { chartFromJson, chartToJson } from '../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { baseChart } from '../clinic/fixture.js';
import { fileOf, kubeadm, moved, onHosts, processes, program, withSection } from '../clinic/foreign/rebuilt.js';
import { drawingOf, refusalOf } from './drawn.js';

const among = (chart: Chart, ...names: readonly string[]): Chart => ({
  ...chart,
  hosts: new Map([...chart.hosts].filter(([name]) => names.includes(name))),
});
const withNodes = (edit: (node: Readonly<Record<string, unknown>>) => unknown, chart = kubeadm()): Chart => {
  const nodes = chart.api.objects.nodes;
  if (!nodes || !('value' in nodes)) throw new Error('no nodes');
  const value = nodes.value.map(one => edit(one)) as never;
  return { ...chart, api: { ...chart.api, objects: { ...chart.api.objects, nodes: { ...nodes, value } } } };
};
const blind = (chart: Chart): Chart => ({
  ...chart,
  api: { ...chart.api, objects: {} },
});

test('a cluster of Kubewizard has its file', () => {
  expect(refusalOf(baseChart('five')).code).toBe('own-cluster');
});

test('nobody is adopted of whom nothing was seen', () => {
  expect(refusalOf({ ...kubeadm(), hosts: new Map() }).code).toBe('host-unseen');
  const dark = onHosts(kubeadm(), (host, number) =>
    number === 5
      ? {
          ...host,
          processes: { host: host.name, source: 'processes', at: '', missing: 'no route', kind: 'unreachable' },
        }
      : host,
  );
  const { code, says } = refusalOf(dark);
  expect([code, says]).toEqual(['host-unseen', expect.stringContaining('kw-5: no route')]);
});

test('a control plane, or a member of etcd, that was not named', () => {
  expect(refusalOf(among(kubeadm(), 'kw-4', 'kw-5')).code).toBe('no-control-plane');
  const two = refusalOf(among(kubeadm(), 'kw-1', 'kw-2', 'kw-4'));
  expect([two.code, two.says]).toEqual(['control-plane-unseen', expect.stringContaining('kw-3')]);
  const member = refusalOf(blind(among(kubeadm(), 'kw-1', 'kw-2', 'kw-4')));
  expect([member.code, member.says]).toEqual(['etcd-unseen', expect.stringContaining('192.0.2.13')]);
});

test('a host without a part, and one that nothing ties to the cluster', () => {
  const idle = onHosts(kubeadm(), (host, number) =>
    number === 5
      ? withSection(
          withSection(host, 'processes', () => []),
          'files',
          () => [],
        )
      : host,
  );
  expect(refusalOf(idle)).toMatchObject({ code: 'no-part', says: expect.stringContaining('kw-5') });
  const untold = onHosts(kubeadm(), (host, number) =>
    number === 4
      ? {
          ...host,
          certificates: { ...host.certificates, value: [] },
          kubeconfigs: { ...host.kubeconfigs, value: [] },
        }
      : host,
  );
  expect(refusalOf(untold)).toMatchObject({ code: 'host-unseen', says: expect.stringContaining('kw-4') });
});

test('an etcd of its own that no API server asks', () => {
  const chart = onHosts(kubeadm(), (host, number) =>
    number === 5
      ? withSection(
          withSection(host, 'processes', () => [program(['/usr/local/bin/etcd', '--name=x'])]),
          'files',
          () => [],
        )
      : host,
  );
  expect(refusalOf(chart)).toMatchObject({ code: 'two-clusters', says: expect.stringContaining('kw-5 runs an etcd') });
});

test('what a former control plane left behind makes no control plane', () => {
  const left = onHosts(kubeadm(), (host, number) =>
    number === 4 ? { ...host, roles: ['etcd', 'controlPlane'] } : host,
  );
  expect(drawingOf(left).spec.hosts.find(({ name }) => name === 'kw-4')?.roles).toEqual(['worker']);
});

test('a worker that was not named is said, and the file is of the others', () => {
  const { spec, lines } = drawingOf(among(kubeadm(), 'kw-1', 'kw-2', 'kw-3', 'kw-4'));
  expect(spec.hosts.map(({ name }) => name)).toEqual(['kw-1', 'kw-2', 'kw-3', 'kw-4']);
  expect(lines).toContainEqual({ kind: 'unseen', says: expect.stringMatching(/^node kw-5 /) });
});

/** Another CA in all that a host trusts. */
const ofOther = (host: HostChart): HostChart => {
  const other = (one: Certificate): Certificate => Object.create(one, { fingerprint: { value: 'f'.repeat(64) } });
  const { certificates, kubeconfigs } = host;
  if (!('value' in certificates) || !('value' in kubeconfigs)) throw new Error('the base chart has certificates');
  return {
    ...host,
    certificates: {
      ...certificates,
      value: certificates.value.map(seen => ({ ...seen, certificates: seen.certificates.map(other) })),
    },
    kubeconfigs: { ...kubeconfigs, value: kubeconfigs.value.map(seen => ({ ...seen, ca: seen.ca.map(other) })) },
  };
};
const inOtherEtcd = (host: HostChart): HostChart => {
  const { etcd } = host;
  if (!('value' in etcd)) throw new Error('the base chart has etcd');
  const status = etcd.value.status.map(one => ({ ...one, clusterId: 'aaaaaaaaaaaaaaaa' }));
  return { ...host, etcd: { ...etcd, value: { ...etcd.value, status } } };
};

test('hosts of two clusters', () => {
  const mixed = onHosts(kubeadm(), (host, number) => (number === 4 ? ofOther(host) : host));
  const { code, says } = refusalOf(mixed);
  expect(code).toBe('two-clusters');
  expect(says).toMatch(/kw-1, kw-2, kw-3, kw-5 .* · kw-4 |kw-4 .* · kw-1/);
  const apart = onHosts(kubeadm(), (host, number) => (number === 2 ? inOtherEtcd(host) : host));
  expect(refusalOf(apart)).toMatchObject({ code: 'two-clusters', says: expect.stringContaining('two etcds') });
});

const labelled = (key: string): Chart =>
  withNodes(node => {
    const metadata = node.metadata as { readonly labels?: object };
    return { ...node, metadata: { ...metadata, labels: { ...metadata.labels, [key]: 'x' } } };
  });
const runningOn = (osImage: string): Chart =>
  withNodes(node => ({ ...node, status: { ...(node.status as object), nodeInfo: { osImage } } }));

test.each([
  ['Amazon EKS', () => among(labelled('eks.amazonaws.com/nodegroup'), 'kw-4')],
  ['Google GKE', () => among(labelled('cloud.google.com/gke-nodepool'), 'kw-4')],
  ['Azure AKS', () => among(labelled('kubernetes.azure.com/cluster'), 'kw-4')],
  ['kOps', () => labelled('kops.k8s.io/instancegroup')],
  ['Cluster API', () => labelled('cluster.x-k8s.io/owner-name')],
  ['Talos', () => ({ ...runningOn('Talos (v1.9.0)'), hosts: new Map() })],
  ['MicroK8s', () => labelled('microk8s.io/cluster')],
])('%s lives on there: refused by its name', (name, chart) => {
  const { code, says, help } = refusalOf(chart());
  expect(code).toBe('another-owner');
  expect(says).toContain(`a cluster of ${name} (`);
  expect(help).toContain(`it stays ${name}'s`);
});

test('who built it cannot be told: neither static pods, nor Docker, nor units of Kubewizard', () => {
  const bare = onHosts(
    kubeadm(),
    processes(one => ({ ...one, contained: false })),
    host => withSection(host, 'files', all => all.filter(({ path }) => !path.startsWith('/etc/kubernetes/manifests/'))),
  );
  expect(refusalOf(bare).code).toBe('unknown-builder');
});

test('an even number of members cannot be said, and a file that says otherwise is not written', () => {
  const four = onHosts(kubeadm(), (host, number) =>
    number === 3 ? withSection(host, 'processes', all => all.filter(({ program }) => program !== 'etcd')) : host,
  );
  const without = onHosts(four, (host, number) =>
    number === 3 ? withSection(host, 'files', all => all.filter(({ path }) => !path.endsWith('/etcd.yaml'))) : host,
  );
  expect(refusalOf(without)).toMatchObject({
    code: 'cannot-be-said',
    says: expect.stringContaining('2 hosts hold etcd'),
  });
});

test('kubespray tells etcd by its environment, and keeps its data where it likes', () => {
  const env = 'ETCD_DATA_DIR=/srv/etcd\nETCD_SNAPSHOT_COUNT=9000\nETCD_NAME=etcd1\n';
  const chart = onHosts(
    moved(kubeadm(), {}),
    processes(one => (one.program === 'etcd' ? { ...one, argv: ['/usr/local/bin/etcd'] } : one)),
    host =>
      host.roles.includes('etcd')
        ? withSection(host, 'files', all => [
            ...all.filter(({ path }) => !path.endsWith('/etcd.yaml')),
            fileOf('/etc/etcd.env', env),
          ])
        : host,
  );
  const { by, spec, held } = drawingOf(chart);
  expect(by).toBe('kubespray');
  expect(spec.components.etcd.extraArgs).toEqual({ 'snapshot-count': '9000' });
  expect(held.map(({ word }) => word)).toContain('--data-dir=/srv/etcd');
});

test('a chart is read the same from a bundle', () => {
  const chart = kubeadm();
  expect(drawingOf(chartFromJson(chartToJson(chart))).text).toBe(drawingOf(chart).text);
});
