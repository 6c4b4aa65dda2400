/** Clusters of which less is seen: k3s over SQLite, and Talos, k0s, MicroK8s and k3s by their API alone. */
import type { ApiObject, Chart } from '../../../src/clinic/chart/chart.js';
import { withNodes } from '../../../src/engine/gather/nodes.js';
import { modern } from '../foreign/modern.js';
import { flannel } from '../foreign/providers.js';
import { kubeadm, onHosts, withSection } from '../foreign/rebuilt.js';
import { builderOf } from './builder.js';
import { chartOf } from './lay.js';

/** One server with its database in a file, and four agents: no etcd, and no balancer before its API. */
export const k3sOverSqlite = (): Chart => {
  const hosts = onHosts(chartOf(builderOf('k3s')), (host, number) => {
    const program = number === 1 ? 'k3s server' : 'k3s agent';
    const alone = withSection(host, 'processes', old =>
      old.flatMap(one => {
        if (one.program === 'haproxy' || one.program === 'keepalived') return [];
        return /^k3s/.test(one.program) ? [{ ...one, program, argv: [`/usr/local/bin/${program}`] }] : [one];
      }),
    );
    const files = withSection(alone, 'files', old => old.filter(one => !/haproxy|keepalived/.test(one.path)));
    return { ...files, roles: number === 1 ? ['controlPlane'] : ['worker'] };
  });
  const alone = withObjects(hosts, 'endpoints', old =>
    old.map(one =>
      one.metadata.name === 'kubernetes'
        ? { ...one, subsets: [{ ...one.subsets[0], addresses: [{ ip: '192.0.2.11' }] }] }
        : one,
    ),
  );
  return withObjects(alone, 'leases.coordination.k8s.io', old =>
    old.map(one =>
      one.metadata.namespace === 'kube-system' ? { ...one, spec: { ...one.spec, holderIdentity: 'kw-1_a' } } : one,
    ),
  );
};

/** Nobody was let onto a host, or there is no shell on any: what the API says is all. */
export const byItsApi = (chart: Chart): Chart =>
  withNodes({ ...withObjects(chart, 'nodes', old => old.map(labelled)), hosts: new Map() });

const labelled = (node: ApiObject, at: number): ApiObject => {
  const labels = { ...node.metadata.labels, ...(at < 3 && { 'node-role.kubernetes.io/control-plane': '' }) };
  return { ...node, metadata: { ...node.metadata, labels } };
};

/** Control planes in static pods that only the API shows, flannel and kube-proxy in pods, no kubeadm anywhere. */
export const talos = (): Chart => {
  const chart = flannel(modern(kubeadm(), '1.34.1', '3.6.5'), 'ACCEPT');
  const nodes = withObjects(chart, 'nodes', old =>
    old.map(one => {
      const nodeInfo = {
        ...one.status.nodeInfo,
        osImage: 'Talos (v1.11.2)',
        kernelVersion: '6.12.48-talos',
        containerRuntimeVersion: 'containerd://2.1.4',
      };
      return { ...one, status: { ...one.status, nodeInfo } };
    }),
  );
  const maps = withObjects(nodes, 'configmaps', old => [
    ...old.filter(
      one => !['kubeadm-config', 'kube-proxy', 'kubelet-config', 'cluster-info'].includes(one.metadata.name),
    ),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeconfig-in-cluster', namespace: 'kube-system' },
      data: {
        kubeconfig:
          'apiVersion: v1\nkind: Config\nclusters:\n- {name: local, cluster: {server: "https://192.0.2.250:6443"}}\n',
      },
    },
  ]);
  return byItsApi(
    withObjects(maps, 'pods', old => [...old, ...[1, 2, 3].flatMap(planePods), ...[1, 2, 3, 4, 5].map(proxyPod)]),
  );
};

const podOn = (name: string, number: number, command: readonly string[], annotations = {}): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${name}-kw-${number}`, namespace: 'kube-system', labels: { 'k8s-app': name }, annotations },
  spec: { nodeName: `kw-${number}`, hostNetwork: true, containers: [{ name, command }] },
  status: {
    phase: 'Running',
    podIP: `192.0.2.1${number}`,
    hostIP: `192.0.2.1${number}`,
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name, ready: true, restartCount: 1, state: { running: {} } }],
  },
});

const planePods = (number: number): readonly ApiObject[] =>
  ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(name =>
    podOn(name, number, [`/usr/local/bin/${name}`], {
      'kubernetes.io/config.source': 'file',
      'talos.dev/config-version': '1',
    }),
  );

const proxyPod = (number: number): ApiObject =>
  podOn('kube-proxy', number, ['/usr/local/bin/kube-proxy', '--cluster-cidr=10.244.0.0/16', '--proxy-mode=nftables']);

export const withObjects = (
  chart: Chart,
  list: string,
  edit: (old: readonly ApiObject[]) => readonly ApiObject[],
): Chart => {
  const seen = chart.api.objects[list];
  if (!seen || !('value' in seen)) throw new Error(`the chart has no ${list}`);
  const objects = { ...chart.api.objects, [list]: { ...seen, value: edit(seen.value) } };
  return { ...chart, api: { ...chart.api, objects } };
};
