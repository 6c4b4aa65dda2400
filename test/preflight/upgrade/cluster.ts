/** A healthy cluster of any version, and hands to plant trouble in it. */
import type { ApiObject, Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart } from '../../../src/clinic/chart/host-chart.js';
import type { PodSeen } from '../../../src/facts/upgrade/pods.js';
import type { UpgradeSeen } from '../../../src/facts/upgrade/seen.js';
import type { Evidence } from '../../../src/model/fact.js';
import type { Upgrade } from '../../../src/preflight/upgrade/finding.js';
import { baseChart } from '../../clinic/fixture.js';

const at = '2026-06-01T12:00:00.000Z';

export const seenAs = <T>(value: T, host = 'cluster'): Evidence<T> => ({ host, source: 'test', at, value });

export const nothingSeen: UpgradeSeen = {
  requested: [seenAs([], 'kw-1')],
  written: [],
  helm: seenAs([]),
  customResources: seenAs([]),
  budgets: seenAs([]),
  pods: seenAs([]),
  volumes: seenAs([]),
  storageClasses: seenAs([]),
  schedules: seenAs([]),
};

export interface Versions {
  readonly from: string;
  readonly to: string;
  readonly etcd?: string;
  readonly containerd?: string;
}

/** `built`: 'five' is Kubewizard's own, 'kubeadm' is not. */
export const cluster = (
  { from, to, etcd = '3.4.23', containerd = '1.6.20' }: Versions,
  built: 'five' | 'kubeadm' = 'five',
): Upgrade => {
  const base = baseChart(built);
  const hosts = new Map([...base.hosts].map(([name, host]) => [name, asVersion(host, { from, etcd, containerd })]));
  const chart = withNodes(
    {
      ...base,
      hosts,
      api: { ...base.api, version: seenAs({ gitVersion: `v${from}`, server: 'kw-1' }) },
    },
    node => ({
      ...node,
      status: {
        ...node.status,
        allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
        nodeInfo: { ...node.status.nodeInfo, kubeletVersion: `v${from}`, kubeProxyVersion: `v${from}` },
      },
    }),
  );
  return { from, to, chart, seen: nothingSeen, ...(chart.spec && { spec: { ...chart.spec, kubernetes: from } }) };
};

const asVersion = (host: HostChart, { from, etcd, containerd }: Omit<Versions, 'to'>): HostChart => ({
  ...host,
  cgroup: seenAs('v2', host.name),
  versions: map(host.versions, one => ({
    ...one,
    'kube-apiserver': from,
    kubelet: from,
    containerd: containerd ?? '',
  })),
  health: map(host.health, one =>
    Object.fromEntries(
      Object.entries(one).map(([url, text]) => [
        url,
        url.endsWith('/version') ? `200 {"gitVersion":"v${from}"}` : text,
      ]),
    ),
  ),
  etcd: map(host.etcd, one => ({
    ...one,
    status: one.status.map(status => ({ ...status, version: etcd ?? '' })),
  })),
});

export const map = <T, U>(evidence: Evidence<T>, act: (value: T) => U): Evidence<U> =>
  'value' in evidence ? { ...evidence, value: act(evidence.value) } : evidence;

export const withHost = (upgrade: Upgrade, name: string, act: (host: HostChart) => HostChart): Upgrade => {
  const host = upgrade.chart.hosts.get(name);
  if (!host) throw new Error(`no host ${name}`);
  return { ...upgrade, chart: { ...upgrade.chart, hosts: new Map(upgrade.chart.hosts).set(name, act(host)) } };
};

export const withNodes = (chart: Chart, act: (node: ApiObject) => ApiObject): Chart => ({
  ...chart,
  api: {
    ...chart.api,
    objects: { ...chart.api.objects, nodes: map(chart.api.objects.nodes ?? seenAs([]), all => all.map(act)) },
  },
});

export const withNode = (upgrade: Upgrade, name: string, act: (node: ApiObject) => ApiObject): Upgrade => ({
  ...upgrade,
  chart: withNodes(upgrade.chart, node => (node.metadata.name === name ? act(node) : node)),
});

export const withObjects = (upgrade: Upgrade, list: string, ...more: readonly ApiObject[]): Upgrade => {
  const { api } = upgrade.chart;
  const had = api.objects[list] ?? seenAs<readonly ApiObject[]>([]);
  return {
    ...upgrade,
    chart: {
      ...upgrade.chart,
      api: { ...api, objects: { ...api.objects, [list]: map(had, all => [...all, ...more]) } },
    },
  };
};

export const withSeen = (upgrade: Upgrade, more: Partial<UpgradeSeen>): Upgrade => ({
  ...upgrade,
  seen: { ...upgrade.seen, ...more },
});

/** Another flag of a program, as its process and its unit would have it. */
export const withFlag = (upgrade: Upgrade, host: string, program: string, flag: string): Upgrade =>
  withHost(upgrade, host, one => ({
    ...one,
    processes: map(one.processes, all =>
      all.map(each => (each.program === program ? { ...each, argv: [...each.argv, flag] } : each)),
    ),
  }));

export const pod = (name: string, more: Partial<PodSeen> = {}): PodSeen => ({
  name,
  namespace: 'shop',
  labels: { app: 'web' },
  node: 'kw-4',
  phase: 'Running',
  ready: true,
  owner: 'ReplicaSet',
  requests: { cpu: 100, memory: 64 * 1024 ** 2 },
  volumes: [],
  images: ['registry.example/web:1'],
  nodeSelector: {},
  tolerations: [],
  annotations: [],
  finalizers: [],
  ...more,
});
