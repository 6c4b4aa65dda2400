/** Broken signs of pods: hosts that cannot start them, a Service without any, an API that refuses them. */
import { ago, inList, nodesOf, type Plant, type Tree } from './planting.js';

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
