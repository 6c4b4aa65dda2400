/**
 * The API of the healthy cluster. What a real API server makes by itself (RBAC, namespaces …) was recorded from one:
 * recorded-api.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { ApiChart, ApiObject } from '../../../src/clinic/chart/chart.js';
import { apiServiceAddress, podNetworks } from '../../../src/blueprint/network/addresses.js';
import { nodes, withRole } from '../../../src/model/cluster.js';
import { now } from './host.js';
import type { Made } from './made.js';

const recording = new URL('recorded-api.json', import.meta.url).pathname;

/**
 * Folder of an API path → the name of its list in a chart: `/apis/apps/v1/namespaces/x/deployments/y` →
 * `deployments.apps`.
 */
const listOf = (path: string): string => {
  const parts = path.split('/').filter(Boolean);
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const plural = rest[0] === 'namespaces' && rest.length > 2 ? rest[2] : rest[0];
  return group ? `${plural}.${group}` : (plural ?? '');
};

export const apiOf = (made: Made): ApiChart => {
  const { spec } = made;
  const lists: Record<string, ApiObject[]> = existsSync(recording)
    ? (JSON.parse(readFileSync(recording, 'utf8')) as Record<string, ApiObject[]>)
    : {};
  const add = (list: string, ...objects: readonly ApiObject[]): void => {
    lists[list] = [
      ...(lists[list] ?? []).filter(
        old =>
          !objects.some(
            one => one.metadata.name === old.metadata.name && one.metadata.namespace === old.metadata.namespace,
          ),
      ),
      ...objects,
    ];
  };
  for (const one of made.wanted.filter(each => each.kind === 'object')) {
    const body = (one.want as { body: ApiObject }).body;
    if (body.kind !== 'Node') add(listOf(one.key), body);
  }
  const shares = podNetworks({ spec, facts: new Map() });
  add(
    'nodes',
    ...nodes(spec).map(host => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: host.name, labels: { 'kubernetes.io/hostname': host.name, ...host.labels }, annotations: {} },
      spec: {
        podCIDR: shares.get(host.name),
        ...(host.roles.includes('controlPlane') && {
          taints: [{ key: 'node-role.kubernetes.io/master', effect: 'NoSchedule' }],
        }),
      },
      status: {
        addresses: [
          { type: 'InternalIP', address: host.address },
          { type: 'Hostname', address: host.name },
        ],
        conditions: [
          ['MemoryPressure', 'False'],
          ['DiskPressure', 'False'],
          ['PIDPressure', 'False'],
          ['Ready', 'True'],
        ].map(([type, status]) => ({ type, status, lastHeartbeatTime: now, reason: 'Kubelet' })),
        nodeInfo: {
          kubeletVersion: `v${spec.kubernetes}`,
          kubeProxyVersion: `v${spec.kubernetes}`,
          containerRuntimeVersion: 'containerd://1.6.20',
          machineID: made.sha256(host.name).slice(0, 32),
        },
      },
    })),
  );
  const control = withRole(spec, 'controlPlane');
  add('endpoints', {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default' },
    subsets: [
      {
        addresses: control.map(host => ({ ip: host.address })),
        ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
      },
    ],
  });
  add('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP: apiServiceAddress(spec), ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
  const lease = (name: string, namespace: string, holder: string): ApiObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: 15,
      renewTime: now.replace('Z', '000Z'),
      leaseTransitions: 1,
    },
  });
  add(
    'leases.coordination.k8s.io',
    lease('kube-controller-manager', 'kube-system', 'kw-1_a'),
    lease('kube-scheduler', 'kube-system', 'kw-2_b'),
    ...nodes(spec).map(host => lease(host.name, 'kube-node-lease', host.name)),
  );
  for (const list of [
    'pods',
    'services',
    'endpoints',
    'configmaps',
    'namespaces',
    'events',
    'persistentvolumeclaims',
    'serviceaccounts',
    'certificatesigningrequests.certificates.k8s.io',
    'clusterroles.rbac.authorization.k8s.io',
    'clusterrolebindings.rbac.authorization.k8s.io',
    'roles.rbac.authorization.k8s.io',
    'rolebindings.rbac.authorization.k8s.io',
    'networkpolicies.networking.k8s.io',
    'apiservices.apiregistration.k8s.io',
    'validatingwebhookconfigurations.admissionregistration.k8s.io',
    'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    'deployments.apps',
    'daemonsets.apps',
    'statefulsets.apps',
    'endpointslices.discovery.k8s.io',
    'secrets',
  ])
    lists[list] ??= [];
  return {
    version: {
      host: 'cluster',
      source: 'GET /version',
      at: now,
      value: { gitVersion: `v${spec.kubernetes}`, server: 'kw-1' },
    },
    objects: Object.fromEntries(
      Object.entries(lists).map(([list, value]) => [list, { host: 'cluster', source: list, at: now, value }]),
    ),
  };
};
