import type { ClusterSpec, Host } from '../../model/cluster.js';
import { nodes, withRole } from '../../model/cluster.js';
import type { Target } from '../host/reach.js';

// Beyond some tens of nodes a firewall that is open to these is open to all; and the question must stay small.
const sample = 20;

/** What a host connects to once the cluster runs: the API servers, etcd and its peers, the nodes' kubelets. */
export function targetsOf(spec: ClusterSpec, host: Host): readonly Target[] {
  const is = (role: Host['roles'][number]): boolean => host.roles.includes(role);
  const to = (hosts: readonly Host[], port: number): readonly Target[] =>
    hosts.filter(other => other.name !== host.name).slice(0, sample).map(other => ({ address: other.address, port }));
  return [
    ...to(withRole(spec, 'controlPlane'), 6443),
    ...is('controlPlane') || is('etcd') ? to(withRole(spec, 'etcd'), 2379) : [],
    ...is('etcd') ? to(withRole(spec, 'etcd'), 2380) : [],
    ...is('controlPlane') ? to(nodes(spec), 10250) : [],
  ];
}
