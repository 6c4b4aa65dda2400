import type { ClusterSpec, Host } from '../model/cluster.js';
import { nodes, servedOf, withRole } from '../model/cluster.js';
import { apiserverPort, etcdClientPort, etcdPeerPort, kubeletPort, sharedBalancersOf } from '../model/components.js';
import type { Target } from '../facts/host/reach.js';

// Beyond some tens of nodes a firewall that is open to these is open to all; and the question must stay small.
const sample = 20;

/** Who may have to carry the virtual address must know whether it is free. */
export const virtualAddressOf = (spec: ClusterSpec, host: Host): string | undefined =>
  spec.endpoint.balance === 'virtual-address' && sharedBalancersOf(spec).includes(host)
    ? spec.endpoint.address
    : undefined;

/**
 * What a host connects to once the cluster runs: the API servers (load balancers do, and so does everybody else where
 * there is none), the load balancers, etcd and its peers, the nodes' kubelets. Not the overlay's UDP port: a datagram
 * that nobody answers may have arrived, and the answer that a closed port gives (ICMP) is also what many firewalls
 * give.
 */
export function targetsOf(spec: ClusterSpec, host: Host): readonly Target[] {
  const is = (role: Host['roles'][number]): boolean => host.roles.includes(role);
  const to = (hosts: readonly Host[], port: number): readonly Target[] =>
    hosts
      .filter(other => other.name !== host.name)
      .slice(0, sample)
      .map(other => ({ address: other.address, port }));
  return [
    ...servedOf(spec)
      .filter(({ balance }) => balance === 'virtual-address')
      .flatMap(({ port }) => to(sharedBalancersOf(spec), port)),
    ...to(withRole(spec, 'controlPlane'), apiserverPort),
    ...(is('controlPlane') || is('etcd') ? to(withRole(spec, 'etcd'), etcdClientPort) : []),
    ...(is('etcd') ? to(withRole(spec, 'etcd'), etcdPeerPort) : []),
    ...(is('controlPlane') ? to(nodes(spec), kubeletPort) : []),
  ];
}
