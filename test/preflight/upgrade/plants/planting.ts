/** How a trouble of an upgrade is planted in a healthy cluster. */
import { gzipSync } from 'node:zlib';
import type { ApiObject } from '../../../../src/clinic/chart/chart.js';
import type { EtcdSeen } from '../../../../src/clinic/chart/host-chart.js';
import type { Budget } from '../../../../src/facts/upgrade/budgets.js';
import { helmReleases } from '../../../../src/facts/upgrade/helm.js';
import { requested } from '../../../../src/facts/upgrade/requested.js';
import type { RuleId, Upgrade } from '../../../../src/preflight/upgrade/finding.js';
import { map, type Versions, withHost } from '../cluster.js';

export interface Plant {
  readonly name: string;
  readonly way: Versions;
  readonly plant: (upgrade: Upgrade) => Upgrade;
  readonly rule: RuleId;
  /** A part of a name or detail of what is hit. */
  readonly hits: readonly string[];
  readonly built?: 'kubeadm';
}

export const v = (from: number, to = from + 1, more: Partial<Versions> = {}): Versions => ({
  from: `1.${from}.0`,
  to: `1.${to}.0`,
  etcd: from >= 35 ? '3.6.16' : from >= 22 ? '3.5.35' : '3.4.37',
  containerd: from >= 36 ? '2.4.2' : from >= 23 ? '1.7.28' : '1.6.20',
  ...more,
});

export const budget = (name: string, more: Partial<Budget> = {}): Budget => ({
  name,
  namespace: 'shop',
  selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
  minAvailable: 1,
  allowed: 0,
  healthy: 1,
  desired: 1,
  expected: 1,
  ...more,
});

export const etcdOf = (upgrade: Upgrade, host: string, act: (etcd: EtcdSeen) => EtcdSeen): Upgrade =>
  withHost(upgrade, host, one => ({ ...one, etcd: map(one.etcd, act) }));

/** A cluster that no file speaks of stays as it is. */
const component = (
  upgrade: Upgrade,
  name: 'apiserver' | 'kubelet',
  keys: Readonly<Record<string, unknown>>,
): Upgrade => {
  const { spec } = upgrade;
  if (!spec) return upgrade;
  const components = { ...spec.components, [name]: { ...spec.components[name], ...keys } };
  return { ...upgrade, spec: { ...spec, components } };
};

export const extra = (
  upgrade: Upgrade,
  name: 'apiserver' | 'kubelet',
  extraArgs: Readonly<Record<string, string>>,
): Upgrade => component(upgrade, name, { extraArgs });

export const config = (upgrade: Upgrade, values: Readonly<Record<string, unknown>>): Upgrade =>
  component(upgrade, 'kubelet', { config: values });

export const kubeletConfig = (upgrade: Upgrade, host: string, line: string): Upgrade =>
  withHost(upgrade, host, one => ({
    ...one,
    files: map(one.files, all =>
      all.map(file =>
        file.path === '/var/lib/kubelet/config.yaml' ? { ...file, text: `${file.text}\n${line}\n` } : file,
      ),
    ),
  }));

export const hook = (name: string, more: Readonly<Record<string, unknown>> = {}): ApiObject => ({
  metadata: { name },
  webhooks: [
    {
      name: `${name}.example.com`,
      failurePolicy: 'Fail',
      clientConfig: { service: { namespace: 'policy', name: 'guard' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      ...more,
    },
  ],
});
export const behind = (count: number): ApiObject => ({
  metadata: { name: 'guard', namespace: 'policy' },
  subsets: [{ addresses: Array.from({ length: count }, (_, index) => ({ ip: `10.244.1.${index + 1}` })) }],
});
export const validating = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

export const release = (manifest: string) => {
  const packed = gzipSync(JSON.stringify({ name: 'web', manifest })).toString('base64');
  const item = {
    metadata: { name: 'sh.helm.release.v1.web.v1', namespace: 'shop', labels: { name: 'web', owner: 'helm' } },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from(packed).toString('base64') },
  };
  return helmReleases.parse(JSON.stringify({ status: 200, body: { items: [item] } }));
};

export const metric = (line: string) => requested.parse(JSON.stringify({ status: 200, body: `${line}\n` }));

export const manifest = (upgrade: Upgrade, text: string): Upgrade =>
  withHost(upgrade, 'kw-1', one => ({
    ...one,
    files: map(one.files, all => [
      ...all,
      {
        path: '/etc/kubernetes/manifests/agent.yaml',
        mode: 0o600,
        owner: 'root:root',
        size: 1,
        changedAt: one.files.at,
        text,
      },
    ]) as typeof one.files,
  }));
