/** Broken signs of pods: hosts that cannot start them, a Service without any, an API that refuses them. */
import type { Chart } from '../../src/clinic/chart/chart.js';
import { ago, inHost, inList, nodesOf, type Plant, type Tree } from './planting.js';

export const noStart = (reason: string, message: string): Plant => [
  `a pod that cannot start: ${message}`,
  (chart, pick) => {
    const host = pick(nodesOf(chart));
    const metadata = { name: 'somebodys', namespace: 'default', creationTimestamp: ago(chart, 600) };
    const pod = { metadata, spec: { nodeName: host.name }, status: { phase: 'Pending', containerStatuses: [] } };
    const event = {
      metadata: { name: 'somebodys.1', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'somebodys', namespace: 'default' },
      ...{ type: 'Warning', reason, message, lastTimestamp: ago(chart, 20) },
    };
    const withPod = inList(chart, 'pods', all => [...all, pod]);
    return { host: host.name, thing: host.name, chart: inList(withPod, 'events', all => [...all, event]) };
  },
];

export const noDns: Plant = [
  'DNS without a server',
  chart => {
    const labels = { 'kubernetes.io/service-name': 'kube-dns' };
    const slice = { metadata: { name: 'kube-dns-x', namespace: 'kube-system', labels }, endpoints: null };
    const metadata = { name: 'kube-dns', namespace: 'kube-system', creationTimestamp: ago(chart, 7200) };
    const ports = [{ port: 53, protocol: 'UDP' }];
    const service = { metadata, spec: { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'nobody' }, ports } };
    const others = (all: readonly Tree[]) => all.filter(one => one.metadata.name !== 'kube-dns');
    const empty = inList(chart, 'endpointslices.discovery.k8s.io', () => [slice]);
    return {
      host: 'cluster',
      thing: 'kube-dns',
      chart: inList(empty, 'services', all => [...others(all), service]),
    };
  },
];

const behind = (
  name: string,
  plant: (
    service: Tree,
    pod: Tree,
    slice: Tree,
  ) => { readonly pods: readonly Tree[]; readonly slices: readonly Tree[] },
): Plant => [
  name,
  chart => {
    const metadata = { name: 'planted', namespace: 'default', creationTimestamp: ago(chart, 7200) };
    const service = { metadata, spec: { clusterIP: '10.96.7.7', selector: { app: 'planted' }, ipFamilies: ['IPv4'] } };
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: ago(chart, 300) };
    const pod = {
      metadata: { ...metadata, name: 'planted-1', labels: { app: 'planted' } },
      spec: { nodeName: 'nobody' },
      status: { phase: 'Running', podIP: '10.244.9.9', startTime: ago(chart, 320), conditions: [ready] },
    };
    const labels = { 'kubernetes.io/service-name': 'planted' };
    const slice = { metadata: { ...metadata, name: 'planted-x', labels }, addressType: 'IPv4', endpoints: [] };
    const { pods, slices } = plant(service, pod, slice);
    const withPods = inList(chart, 'pods', all => [...all, ...pods]);
    const withSlices = inList(withPods, 'endpointslices.discovery.k8s.io', all => [...all, ...slices]);
    return { host: 'cluster', thing: 'planted', chart: inList(withSlices, 'services', all => [...all, service]) };
  },
];

export const endpoints: readonly Plant[] = [
  behind('a Service that does not learn of its pods', (_, pod, slice) => ({ pods: [pod], slices: [slice] })),
  behind('a slice made by hand that leads to nobody', (_, pod, slice) => ({
    pods: [pod],
    slices: [{ ...slice, endpoints: [{ addresses: ['10.244.9.9'] }, { addresses: ['10.244.9.10'] }] }],
  })),
];

const quota = 'pods "coredns-x" is forbidden: exceeded quota: none, requested: pods=1, used: pods=9, limited: pods=0';

export const refusedPods: readonly Plant[] = [
  [
    'a Deployment of kube-system whose pods are refused',
    chart => {
      const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: quota }];
      const deployment = { metadata: { name: 'planted', namespace: 'kube-system' }, status: { conditions } };
      return {
        host: 'cluster',
        thing: 'planted',
        chart: inList(chart, 'deployments.apps', all => [...all, deployment]),
      };
    },
  ],
  [
    'a DaemonSet of kube-system whose pods are refused',
    chart => {
      const event = {
        metadata: { name: 'planted.1', namespace: 'kube-system' },
        involvedObject: { kind: 'DaemonSet', name: 'planted', namespace: 'kube-system' },
        ...{ type: 'Warning', reason: 'FailedCreate', message: quota, lastTimestamp: ago(chart, 20) },
      };
      const status = { desiredNumberScheduled: 3, currentNumberScheduled: 2 };
      const set = { metadata: { name: 'planted', namespace: 'kube-system' }, status };
      const short = inList(chart, 'daemonsets.apps', all => [...all, set]);
      return { host: 'cluster', thing: 'planted', chart: inList(short, 'events', all => [...all, event]) };
    },
  ],
];

/** Of a node that is ready, with no event: only what its pod lacks tells that something hangs. */
const hung = (how: string, pod: (chart: Chart) => Tree): Plant => [
  `a pod that ${how}`,
  (chart, pick) => {
    const host = pick(nodesOf(chart));
    const conditions = [{ type: 'Ready', status: 'True' }];
    const { spec, status, metadata } = pod(chart);
    const made = {
      metadata: { name: 'somebodys', namespace: 'default', creationTimestamp: ago(chart, 900), ...metadata },
      spec: { nodeName: host.name, ...spec },
      status: { phase: 'Pending', containerStatuses: [], ...status },
    };
    const ready = inList(chart, 'nodes', all => [
      ...all.filter(one => one.metadata.name !== host.name),
      ...[all.find(one => one.metadata.name === host.name) ?? { metadata: { name: host.name } }].map(one => ({
        ...one,
        status: { ...one.status, conditions: [...(one.status?.conditions ?? []), ...conditions] },
      })),
    ]);
    return { host: host.name, thing: 'somebodys', chart: inList(ready, 'pods', all => [...all, made]) };
  },
];

const placed = (chart: Chart, more: readonly Tree[] = []): Tree => ({
  conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: ago(chart, 600) }, ...more],
});

export const hangingPods: readonly Plant[] = [
  hung('waits for its sandbox', chart => ({
    status: {
      startTime: ago(chart, 600),
      ...placed(chart, [{ type: 'PodReadyToStartContainers', status: 'False' }]),
    },
  })),
  hung('is not begun', chart => ({ status: placed(chart) })),
  hung('does not end', chart => ({
    metadata: { deletionTimestamp: ago(chart, 600) },
    status: { phase: 'Running', ...placed(chart) },
  })),
];

const undone = (how: string, thing: string, list: string, one: (chart: Chart) => Tree): Plant => [
  how,
  chart => ({ host: 'cluster', thing, chart: inList(chart, list, all => [...all, one(chart)]) }),
];

export const undoneWork: readonly Plant[] = [
  undone('a Deployment whose pods nobody makes', 'planted', 'deployments.apps', chart => ({
    metadata: { name: 'planted', namespace: 'kube-system' },
    spec: { replicas: 2 },
    status: {
      replicas: 1,
      conditions: [{ type: 'Available', status: 'False', lastTransitionTime: ago(chart, 600) }],
    },
  })),
  undone('a pod at which no scheduler looks', 'somebodys', 'pods', chart => ({
    metadata: { name: 'somebodys', namespace: 'default', creationTimestamp: ago(chart, 600) },
    spec: {},
    status: { phase: 'Pending' },
  })),
];

/** Its kubelet runs, and has long since; the API has no node of it. */
export const noNode: Plant = [
  'a kubelet whose node is not there',
  (chart, pick) => {
    const host = pick(nodesOf(chart).filter(one => one.roles.includes('worker')));
    const startedAt = ago(chart, 7200);
    const kubelet = { program: 'kubelet', pid: 9, proxies: {}, startedAt, contained: false };
    const argv = ['/usr/local/bin/kubelet', '--kubeconfig=/etc/kubernetes/kubelet.conf'];
    const runs = inHost(chart, host, 'processes', all => [
      ...all.filter((one: Tree) => one.program !== 'kubelet'),
      { ...(all.find((one: Tree) => one.program === 'kubelet') ?? { ...kubelet, argv }), startedAt },
    ]);
    const others = (all: readonly Tree[]) =>
      all.filter(
        one =>
          one.metadata.name !== host.name &&
          !(one.status?.addresses ?? []).some((each: Tree) => each.address === host.address),
      );
    const left = inList(runs, 'nodes', all => [...others(all), { metadata: { name: 'another' } }]);
    return { host: host.name, thing: 'registered', chart: left };
  },
];

export const neverDeleted: readonly Plant[] = [
  [
    'a namespace whose content has finalizers',
    chart => {
      const message =
        'Some content in the namespace has finalizers remaining: example.com/never in 1 resource instances';
      const conditions = [
        { type: 'NamespaceFinalizersRemaining', status: 'True', reason: 'SomeFinalizersRemain', message },
      ];
      const one = { metadata: { name: 'planted', deletionTimestamp: ago(chart, 300) }, status: { conditions } };
      return { host: 'cluster', thing: 'planted', chart: inList(chart, 'namespaces', all => [...all, one]) };
    },
  ],
  [
    'an object with a finalizer that nobody takes away',
    chart => {
      const metadata = { name: 'planted', namespace: 'default', deletionTimestamp: ago(chart, 3600) };
      const one = { metadata: { ...metadata, finalizers: ['example.com/never'] } };
      return { host: 'cluster', thing: 'planted', chart: inList(chart, 'services', all => [...all, one]) };
    },
  ],
];
