/** What a worker has among its files does not make it more than a worker. */
import { expect, test } from 'vitest';
import type { Certificate } from '../../src/pki/certificate.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { requestAt } from '../../src/clinic/therapies/kubeadm-pki.js';
import { reissue } from '../../src/clinic/therapies/reissue.js';
import { baseChart } from './fixture.js';

const conf = '/etc/kubernetes/kubelet.conf';

const host = (chart: Chart, name: string): HostChart => {
  const found = chart.hosts.get(name);
  if (!found) throw new Error(`the base chart lost ${name}`);
  return found;
};

/** The host with its kubelet's certificate changed. */
const showing = (one: HostChart, change: Partial<Certificate>): HostChart => {
  if (!('value' in one.kubeconfigs)) throw new Error('no kubeconfigs');
  const value = one.kubeconfigs.value.map(config =>
    config.path === conf ? { ...config, client: config.client.map(leaf => ({ ...leaf, ...change })) } : config,
  );
  return { ...one, kubeconfigs: { ...one.kubeconfigs, value } };
};

const chart = baseChart('kubeadm');
const worker = host(chart, 'kw-5');

test('a worker gets its own certificate again', () => {
  expect(worker.roles).not.toContain('controlPlane');
  expect(reissue(chart, worker, conf, 'it has expired')).not.toEqual([]);
});

test('a worker gets no name and no group that is not its own', () => {
  for (const change of [
    { organizations: ['system:masters'] },
    { commonName: 'system:kube-controller-manager', organizations: [] },
    { commonName: 'system:node:kw-1' },
  ])
    expect(reissue(chart, showing(worker, change), conf, 'it has expired')).toEqual([]);
});

test('what kubeadm signs for control planes it signs for them alone', () => {
  for (const path of ['/etc/kubernetes/admin.conf', '/etc/kubernetes/pki/apiserver-etcd-client.crt']) {
    expect(requestAt(chart, host(chart, 'kw-1'), path)).toBeDefined();
    expect(requestAt(chart, worker, path)).toBeUndefined();
  }
  expect(requestAt(chart, worker, conf)).toBeDefined();
});

test('nobody becomes a master who was none: administrators get the group that is bound, where one is', () => {
  const list = 'clusterrolebindings.rbac.authorization.k8s.io';
  const at = { host: 'cluster', source: list, at: chart.now };
  const withBindings = (...names: readonly string[]): Chart => ({
    ...chart,
    api: {
      ...chart.api,
      objects: { ...chart.api.objects, [list]: { ...at, value: names.map(name => ({ metadata: { name } })) } },
    },
  });
  const groups = (of: Chart, path: string) => requestAt(of, host(of, 'kw-1'), path)?.organizations;
  const [before, after] = [withBindings('cluster-admin'), withBindings('cluster-admin', 'kubeadm:cluster-admins')];
  for (const path of ['/etc/kubernetes/admin.conf', '/etc/kubernetes/pki/apiserver-kubelet-client.crt']) {
    expect(groups(before, path)).toEqual(['system:masters']);
    expect(groups(after, path)).toEqual(['kubeadm:cluster-admins']);
  }
  expect(groups(after, '/etc/kubernetes/super-admin.conf')).toEqual(['system:masters']);
  const ours = withBindings('cluster-admin', 'kubewizard:administrators');
  expect(requestAt(ours, host(ours, 'kw-1'), '/etc/kubernetes/admin.conf')).toMatchObject({
    commonName: 'kubewizard:admin:kw-1',
    organizations: [],
  });
});
