import { Address4 } from 'ip-address';
import type { ClusterSpec } from '../../model/cluster.js';
import { nodes } from '../../model/cluster.js';
import type { HostFacts } from '../../model/host-facts.js';

/** The address `offset` places after the network's own: 1 is the `kubernetes` service, 10 the cluster DNS (kubeadm's choice). */
export const addressIn = (cidr: string, offset: number): string =>
  Address4.fromBigInt(new Address4(cidr).startAddress().bigInt() + BigInt(offset)).correctForm();

export const apiServiceAddress = (spec: ClusterSpec): string => addressIn(spec.network.services, 1);
export const dnsServiceAddress = (spec: ClusterSpec): string => addressIn(spec.network.services, 10);

/**
 * Gives every node its share of the pod network. What a host already has stays, in whatever order the file lists
 * the hosts; the others get the first free shares. Throws when the network is too small (spec/ refuses that before).
 */
export function podNetworks(spec: ClusterSpec, facts: ReadonlyMap<string, HostFacts>): ReadonlyMap<string, string> {
  const shares = new Map<string, string>();
  const taken = new Set<string>();
  for (const host of nodes(spec)) {
    const has = facts.get(host.name)?.podCidr;
    if (!has || taken.has(has) || !isShare(spec, has)) continue;
    shares.set(host.name, has);
    taken.add(has);
  }
  let next = 0;
  for (const host of nodes(spec)) {
    if (shares.has(host.name)) continue;
    let share = shareAt(spec, next++);
    while (taken.has(share)) share = shareAt(spec, next++);
    shares.set(host.name, share);
  }
  return shares;
}

const isShare = (spec: ClusterSpec, cidr: string): boolean =>
  Address4.isValid(cidr) &&
  new Address4(cidr).subnetMask === spec.network.hostPrefix &&
  new Address4(cidr).isInSubnet(new Address4(spec.network.pods));

function shareAt(spec: ClusterSpec, index: number): string {
  const { pods, hostPrefix } = spec.network;
  const pool = new Address4(pods);
  if (index >= 2 ** (hostPrefix - pool.subnetMask))
    throw new Error(`pod network ${pods} has no share left for host number ${index + 1}`);
  return `${addressIn(pods, index * 2 ** (32 - hostPrefix))}/${hostPrefix}`;
}
