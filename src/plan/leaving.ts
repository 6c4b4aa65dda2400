/** Nodes that the file does not name any more and that nobody has removed: pods run there, and must be reached. */
import type { Removed, Reached } from '../blueprint/input.js';
import type { NodeStanding } from '../facts/node-standing.js';
import type { ClusterSpec, SshAccess } from '../model/cluster.js';
import type { HostFacts, Left, Peer } from '../model/host-facts.js';
import { contains, overlaps, parseIPv4Cidr } from '../net/address.js';

type Facts = ReadonlyMap<string, Pick<HostFacts, 'built' | 'podCidr'>>;

/** By the tables of routes that control planes have, whether or not the API answers. */
export function leftOut(spec: ClusterSpec, facts: Facts): readonly Peer[] {
  const known = knownIn(spec);
  const pods = parseIPv4Cidr(spec.network.pods);
  // A table is one host's word: it takes no route from a node of the file, and leads nowhere but to pods.
  const taken = [...facts.values()].flatMap(({ podCidr }) => parseIPv4Cidr(podCidr) ?? []);
  const left = new Map<string, Peer>();
  for (const { built } of facts.values())
    for (const peer of built?.peers ?? []) {
      const share = parseIPv4Cidr(peer.podCidr);
      if (known(peer) || left.has(peer.name)) continue;
      if (!share || !pods || !contains(pods, share) || taken.some(one => overlaps(one, share))) continue;
      taken.push(share);
      left.set(peer.name, peer);
    }
  return [...left.values()];
}

const knownIn = (spec: ClusterSpec): ((one: Peer) => boolean) => {
  const known = new Set(spec.hosts.flatMap(({ name, address }) => [name, address]));
  return ({ name, address }) => known.has(name) || known.has(address);
};

/** Hosts that left before and are not known to be reset, those that came back into the file among them. */
export function leftBefore(facts: Facts): readonly Left[] {
  const left = new Map<string, Left>();
  for (const one of [...facts.values()].flatMap(({ built }) => built?.left ?? []))
    if (one.since > (left.get(one.name)?.since ?? -1)) left.set(one.name, one);
  return [...left.values()];
}

/** Who may have to be taken out: those that have routes, and those that were begun with. */
export const candidates = (spec: ClusterSpec, facts: Facts): readonly Peer[] => {
  const routed = leftOut(spec, facts);
  const known = knownIn(spec);
  const begun = leftBefore(facts).filter(one => !known(one) && !routed.some(({ name }) => name === one.name));
  return [...routed, ...begun.map(({ name, address, podCidr }) => ({ name, address, podCidr }))];
};

/**
 * Undefined: nothing of it is touched. The API must say what it knows of the Node; and one of that name at another
 * address is somebody else's.
 */
export function removedAs(peer: Peer, node: NodeStanding, reached: Reached, begun: boolean): Removed | undefined {
  if (node.is === 'unseen') return undefined;
  if (node.is === 'absent')
    // Somebody has removed it by hand: only its routes are left.
    return reached.is === 'unseen' && !begun ? undefined : { ...peer, node: 'absent', reached };
  if (node.addresses.length > 0 && !node.addresses.includes(peer.address)) return undefined;
  return { ...peer, node: node.ready ? 'ready' : 'away', reached };
}

/** How a host is reached that the file does not name: as all of its hosts are, where they agree. */
export const commonAccess = ({ hosts }: Pick<ClusterSpec, 'hosts'>): SshAccess => {
  const [first, ...others] = hosts;
  const agreed = (['user', 'port', 'key', 'jump'] as const).filter(key =>
    others.every(({ ssh }) => ssh[key] === first?.ssh[key]),
  );
  return Object.fromEntries(agreed.flatMap(key => (first?.ssh[key] === undefined ? [] : [[key, first.ssh[key]]])));
};
