import type { ClusterSpec } from '../../model/cluster.js';
import { nodes, withRole } from '../../model/cluster.js';
import { type HostFacts, type Peer, peersByAddress } from '../../model/host-facts.js';
import { addressAt, type Cidr, contains, networkOf, parseIPv4Cidr, prefixOf } from '../../net/address.js';
import type { Input } from '../input.js';

/**
 * The address `offset` places after the network's own: 1 is the `kubernetes` service, 10 the cluster DNS (kubeadm's
 * choice).
 */
export const addressIn = (cidr: string, offset: number): string => {
  const network = parseIPv4Cidr(cidr);
  const address = network && addressAt(network, offset);
  if (address === undefined) throw new RangeError(`${cidr} has no address number ${offset}`);
  return address;
};

export const apiServiceAddress = (spec: ClusterSpec): string => addressIn(spec.network.services, 1);
export const dnsServiceAddress = (spec: ClusterSpec): string => addressIn(spec.network.services, 10);

/**
 * Nobody who was seen knows the shares of all nodes: a cluster has them, its control planes alone have the table, and
 * those that may have one are away. (Are all of them there and none has it, it is lost, and made anew.)
 */
export const isTableUnseen = (spec: ClusterSpec, facts: ReadonlyMap<string, HostFacts>): boolean =>
  nodes(spec).some(({ name }) => facts.get(name)?.podCidr) &&
  [...facts.values()].every(({ built }) => (built?.peers ?? []).length === 0) &&
  withRole(spec, 'controlPlane').some(({ name }) => !facts.has(name));

/**
 * Gives every node its share of the pod network. What a host already has stays, in whatever order the file lists
 * the hosts, and also while nobody sees it: control planes have a table of all. The others get the first shares that
 * neither they nor nodes that left the file have; while the table is unseen they get none. Throws when the network is
 * too small (spec/ refuses that before).
 */
export function podNetworks({
  spec,
  facts,
  leaving = [],
  left = [],
  tableUnseen = false,
}: Pick<Input, 'spec' | 'facts' | 'leaving' | 'left' | 'tableUnseen'>): ReadonlyMap<string, string> {
  const shares = new Map<string, string>();
  const names = new Set(spec.hosts.map(({ name }) => name));
  // Of a host that left and came back into the file it is its own again.
  const others = [...leaving, ...left.filter(({ name }) => !names.has(name))];
  const taken = new Set<string>(others.map(({ podCidr }) => podCidr));
  const remembered = peersByAddress(facts);
  const seenFirst = [...nodes(spec)].sort((a, b) => Number(facts.has(b.name)) - Number(facts.has(a.name)));
  for (const host of seenFirst) {
    const fact = facts.get(host.name);
    // One that was installed anew is the same node to the API, whose share is never changed.
    const has = shareIn(spec, fact?.podCidr ?? '') ?? shareIn(spec, remembered.get(host.address)?.podCidr ?? '');
    if (has === undefined || taken.has(has)) continue;
    shares.set(host.name, has);
    taken.add(has);
  }
  if (tableUnseen) return shares;
  let next = 0;
  for (const host of nodes(spec)) {
    if (shares.has(host.name)) continue;
    let share = shareAt(spec, next++);
    while (taken.has(share)) share = shareAt(spec, next++);
    shares.set(host.name, share);
  }
  return shares;
}

/**
 * The share that a host says it has, as a network: `10.244.2.77/24` would be no route, and would pass for another
 * share.
 */
const shareIn = (spec: ClusterSpec, told: string): Cidr | undefined => {
  const [share, pods] = [parseIPv4Cidr(told), parseIPv4Cidr(spec.network.pods)];
  const fits = share && pods && prefixOf(share) === spec.network.hostPrefix && contains(pods, share);
  return fits ? networkOf(share) : undefined;
};

function shareAt(spec: ClusterSpec, index: number): string {
  const { pods, hostPrefix } = spec.network;
  const pool = parseIPv4Cidr(pods);
  if (!pool || index >= 2 ** (hostPrefix - prefixOf(pool)))
    throw new Error(`pod network ${pods} has no share left for host number ${index + 1}`);
  return `${addressIn(pods, index * 2 ** (32 - hostPrefix))}/${hostPrefix}`;
}
