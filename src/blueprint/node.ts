import { release } from '../catalog/index.js';
import type { Resource } from '../model/resource.js';
import { clusterHost, idOf } from '../model/resource.js';
import { apiAnswers } from './access/api-answers.js';
import type { HostContext } from './input.js';
import { taintsOf } from './components/kubelet.js';
import { want } from './wanted.js';

/** What the file set on a node and does not say any more is taken away again; what others set stays. */
const owned = [
  { field: 'metadata.labels', annotation: 'kubewizard.io/labels' },
  { field: 'spec.taints', annotation: 'kubewizard.io/taints' },
] as const;

/**
 * What the API shall say of a host: its labels, taints and share of the pod network; and that it is Ready, where the
 * network is ours.
 */
export function node(context: HostContext): readonly Resource[] {
  const { host, podCidr, spec } = context;
  const path = `/api/v1/nodes/${host.name}`;
  const taints = taintsOf(context);
  const roles = host.roles.includes('controlPlane') ? (release(spec.kubernetes)?.controlPlaneLabels ?? []) : [];
  const labels = { ...Object.fromEntries(roles.map(label => [label, ''])), ...host.labels };
  const described = want(
    'object',
    clusterHost,
    path,
    {
      create: false,
      owned,
      body: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: host.name, labels },
        spec: { podCIDR: podCidr, podCIDRs: [podCidr], ...(taints.length > 0 ? { taints } : {}) },
      },
    },
    {
      stage: 'nodes',
      because: 'labels, taints and pod network of the node',
      after: [apiAnswers, `${host.name}/service/kubelet.service`],
    },
  );
  const ready = want(
    'api',
    clusterHost,
    path,
    { condition: { type: 'Ready', status: 'True' }, seconds: 120, says: `node ${host.name} to be Ready` },
    {
      stage: 'nodes',
      because: 'the node takes pods',
      after: [idOf(described), `${host.name}/service/kw-network.service`, `${host.name}/service/kube-proxy.service`],
    },
  );
  // Its owner brings a CNI plugin once there is an API to bring it to: until then no node can be Ready.
  return spec.network.provider === 'none' ? [described] : [described, ready];
}
