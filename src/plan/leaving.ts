/** Nodes that the file does not name any more and that nobody has removed: pods run there, and must be reached. */
import type { ClusterSpec } from '../model/cluster.js';
import type { HostFacts, Peer } from '../model/host-facts.js';
import { contains, overlaps, parseIPv4Cidr } from '../net/address.js';

/** By the tables of routes that control planes have, whether or not the API answers. */
export function leftOut(
  spec: ClusterSpec,
  facts: ReadonlyMap<string, Pick<HostFacts, 'built' | 'podCidr'>>,
): readonly Peer[] {
  const known = new Set(spec.hosts.flatMap(({ name, address }) => [name, address]));
  const pods = parseIPv4Cidr(spec.network.pods);
  // A table is one host's word: it takes no route from a node of the file, and leads nowhere but to pods.
  const taken = [...facts.values()].flatMap(({ podCidr }) => parseIPv4Cidr(podCidr) ?? []);
  const left = new Map<string, Peer>();
  for (const { built } of facts.values())
    for (const peer of built?.peers ?? []) {
      const share = parseIPv4Cidr(peer.podCidr);
      if (known.has(peer.name) || known.has(peer.address) || left.has(peer.name)) continue;
      if (!share || !pods || !contains(pods, share) || taken.some(one => overlaps(one, share))) continue;
      taken.push(share);
      left.set(peer.name, peer);
    }
  return [...left.values()];
}
