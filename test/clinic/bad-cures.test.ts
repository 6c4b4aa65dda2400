/** Popular cures that make it worse: refused in words, with the reason, and seen where somebody has applied them. */
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { ApiObject, Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { badCuresIn } from '../../src/clinic/explain/bad-cures.js';
import { baseChart } from './fixture.js';
import { withFlags } from './with-flags.js';

/** The field's list (troubles, 3.2.5) and what the pages warn of. */
test.each([
  ['rm /etc/containerd/config.toml && systemctl restart containerd', 'cri-disabled'],
  ['sudo rm -f /etc/containerd/config.toml', 'cgroup-driver-mismatch'],
  ['add `--kubelet-insecure-tls` to the args of metrics-server', 'kubelet-certificate-not-trusted'],
  ['--disable-admission-plugins=NodeRestriction', 'node-name-mismatch'],
  ['just disable NodeRestriction', 'node-name-mismatch'],
  ['remove the loop plugin from the Corefile', 'dns-loop'],
  ['kube-bench says: 1.2.5 set --kubelet-certificate-authority', 'kubelet-certificate-not-trusted'],
  ['kubeadm reset -f; rm -rf /etc/cni /etc/kubernetes', 'etcd-stale-member'],
  ['cp kube-apiserver.yaml /etc/kubernetes/manifests/kube-apiserver.yaml.bak', 'manifest-backup-file'],
  ['kubectl create clusterrolebinding x --clusterrole=cluster-admin --user=jane', 'forbidden-for-user'],
  [
    'kubectl create clusterrolebinding x --clusterrole=cluster-admin --user=system:anonymous',
    'apiserver-to-kubelet-forbidden',
  ],
  [
    "kubectl get ns old -o json | jq '.spec.finalizers=[]' | kubectl replace --raw " +
      '/api/v1/namespaces/old/finalize -f -',
    'namespace-terminating-apiservice',
  ],
  ['rm -rf /var/lib/etcd/member', 'etcd-cluster-id'],
  ['iptables -F', 'pod-traffic-dropped'],
  ['kubectl get csr -o name | xargs kubectl certificate approve', 'kubelet-certificate-not-trusted'],
  ['kubectl --insecure-skip-tls-verify get nodes', 'client-and-server-disagree-on-ca'],
])('%s is refused', (text, id) => {
  const found = badCuresIn(text, cases);
  expect(found.map(one => one.case)).toContain(id);
  for (const one of found) expect(one.why.length).toBeGreaterThan(20);
});

test.each([
  'systemctl restart kubelet',
  'kubectl logs -n kube-system coredns-1',
  'iptables -F KUBE-OLD',
  'kubeadm certs renew all',
  'x509: certificate signed by unknown authority',
  'the loop device is full',
])('<%s> is not a bad cure', text => {
  expect(badCuresIn(text, cases)).toEqual([]);
});

describe('in place', () => {
  const seen = (chart: Chart): readonly string[] => (examine(chart, cases).badCures ?? []).map(one => one.case);
  const withObject = (list: string, one: ApiObject): Chart => {
    const chart = baseChart('kubeadm');
    const old = chart.api.objects[list];
    return {
      ...chart,
      api: {
        ...chart.api,
        objects: {
          ...chart.api.objects,
          [list]: {
            host: 'cluster',
            source: list,
            at: chart.now,
            value: [...(old && 'value' in old ? old.value : []), one],
          },
        },
      },
    };
  };
  test('healthy clusters have none', () => {
    for (const base of ['five', 'kubeadm'] as const) expect(seen(baseChart(base))).toEqual([]);
  });
  test('objects tell', () => {
    expect(
      seen(
        withObject('deployments.apps', {
          metadata: { name: 'metrics-server', namespace: 'kube-system' },
          spec: { template: { spec: { containers: [{ name: 'm', args: ['--kubelet-insecure-tls'] }] } } },
        }),
      ),
    ).toContain('kubelet-certificate-not-trusted');
    expect(
      seen(
        withObject('configmaps', {
          metadata: { name: 'coredns', namespace: 'kube-system' },
          data: { Corefile: '.:53 {\n  forward . /etc/resolv.conf\n}\n' },
        }),
      ),
    ).toContain('dns-loop');
    expect(
      seen(
        withObject('clusterrolebindings.rbac.authorization.k8s.io', {
          metadata: { name: 'x' },
          roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'User', name: 'system:anonymous' }],
        }),
      ),
    ).toContain('apiserver-to-kubelet-forbidden');
  });
  test.each([
    ['kube-apiserver', 'disable-admission-plugins', 'NodeRestriction', 'node-name-mismatch'],
    ['kube-apiserver', 'authorization-mode', 'AlwaysAllow', 'forbidden-for-component'],
    ['etcd', 'peer-client-cert-auth', 'false', 'etcd-peer-san'],
    ['kube-scheduler', 'leader-elect', 'false', 'waiting-for-leader-lease'],
    ['kubelet', 'authorization-mode', 'AlwaysAllow', 'apiserver-to-kubelet-forbidden'],
  ])('the flags of %s tell: %s=%s', (program, flag, value, id) => {
    const chart = baseChart('kubeadm');
    const host = chart.hosts.get('kw-1');
    if (!host) throw new Error('kw-1');
    expect(
      seen({ ...chart, hosts: new Map(chart.hosts).set('kw-1', withFlags(host, { [program]: { [flag]: value } })) }),
    ).toContain(id);
  });
});
