/** Does the file want etcd where it lives? Its members are never moved behind the owner's back. */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import type { HostFacts } from '../../model/host-facts.js';
import { etcdHosts } from '../access/certificates.js';

interface Member {
  readonly name: string;
  readonly address: string;
}
export type Facts = ReadonlyMap<string, Pick<HostFacts, 'etcdDataExists' | 'etcdMembers' | 'podCidr'>>;

/**
 * Hosts whose unit names other members than the file: the living ones among them must be asked before anything is
 * refused.
 */
export const doubtful = (spec: ClusterSpec, facts: Facts): readonly Host[] =>
  spec.hosts.filter(({ name }) => differs(spec, facts, inUnit(facts.get(name)?.etcdMembers ?? '')));

/**
 * [] where etcd lives on the hosts that the file names, or nowhere yet.
 * @param lists `etcdctl member list` of the doubtful hosts that answered: what was changed by hand counts, once it
 * runs.
 */
export const etcdMoved = (
  spec: ClusterSpec,
  facts: Facts,
  lists: ReadonlyMap<string, string> = new Map(),
): readonly Diagnostic[] => {
  for (const holder of doubtful(spec, facts)) {
    const listed = inList(lists.get(holder.name) ?? '');
    const members = listed.length > 0 ? listed : inUnit(facts.get(holder.name)?.etcdMembers ?? '');
    if (differs(spec, facts, members)) return [moved(spec, facts, holder, members)];
  }
  return hidden(spec, facts);
};

/** `kw-1=https://10.0.0.11:2380,…` */
const inUnit = (text: string): readonly Member[] =>
  [...text.matchAll(/([^=,]+)=https?:\/\/([^,/]+):\d+/g)].map(([, name = '', address = '']) => ({ name, address }));

/**
 * `8e9e05c52164694d, started, kw-1, https://10.0.0.11:2380, https://10.0.0.11:2379, false`; one that never ran is none
 * yet.
 */
const inList = (text: string): readonly Member[] =>
  [...text.matchAll(/^[0-9a-f]+, started, ([^,]*), https?:\/\/([^,/]+):\d+/gm)].map(([, name = '', address = '']) => ({
    name,
    address,
  }));

/** Names are dealt by the order of the file: alone they are no proof, unless the host has the data. */
const same =
  (facts: Facts) =>
  (host: Host, member: Member): boolean =>
    host.address === member.address || (host.name === member.name && facts.get(host.name)?.etcdDataExists === true);

interface Difference {
  readonly strange: readonly Host[];
  readonly left: readonly Member[];
}

const difference = (spec: ClusterSpec, facts: Facts, members: readonly Member[]): Difference => ({
  strange: etcdHosts(spec).filter(host => !members.some(member => same(facts)(host, member))),
  left: members.filter(member => !etcdHosts(spec).some(host => same(facts)(host, member))),
});

const differs = (spec: ClusterSpec, facts: Facts, members: readonly Member[]): boolean => {
  const { strange, left } = difference(spec, facts, members);
  return members.length > 0 && strange.length + left.length > 0;
};

function moved(spec: ClusterSpec, facts: Facts, holder: Host, members: readonly Member[]): Diagnostic {
  const { strange, left } = difference(spec, facts, members);
  const harm = [
    ...(strange.length > 0 ? [`${names(strange)} would bootstrap a second, empty etcd cluster`] : []),
    ...(left.length > 0 ? [`${names(left)} would be left out, and every count of the quorum would be wrong`] : []),
  ].join('; ');
  return {
    code: 'etcd-moved',
    severity: 'error',
    help: help(spec, facts, members),
    says:
      `etcd of this cluster lives on ${names(members)} (${holder.name} says so), and by this file it would be on ` +
      `${names(etcdHosts(spec))}: ${harm}`,
  };
}

/** Roles are dealt by the number of hosts: written down they stay what they are. */
const help = (spec: ClusterSpec, facts: Facts, members: readonly Member[]): string =>
  [
    'the members of a living etcd stay where they are: write their roles into the file, and the other hosts ' +
      'become workers',
    ...members.map(member => {
      const host = spec.hosts.find(one => same(facts)(one, member));
      const roles = host?.roles.includes('etcd') ? host.roles : ['etcd', 'controlPlane'];
      return (
        `  - {name: ${host?.name ?? member.name}, address: ${host?.address ?? member.address}, roles: ` +
        `[${roles.join(', ')}]}`
      );
    }),
    'more control planes need no etcd of their own: roles: [controlPlane]. Members that you added or removed by ' +
      'hand (etcdctl member) are taken as they are once all of them run.',
    'if nothing in this cluster is worth keeping: kw reset with the old file, then kw up',
  ].join('\n');

/**
 * Nobody who could be asked has etcd's data, and not everybody could be asked: the data may be where nobody can look.
 * Disks that were replaced leave no trace, so that the hosts look new proves nothing.
 */
function hidden(spec: ClusterSpec, facts: Facts): readonly Diagnostic[] {
  const wanted = etcdHosts(spec);
  const unseen = wanted.filter(({ name }) => !facts.has(name));
  const seen = wanted.filter(({ name }) => facts.has(name));
  if (unseen.length === 0 || seen.length === 0 || [...facts.values()].some(fact => fact.etcdDataExists)) return [];
  const had = wanted.filter(({ name }) => facts.get(name)?.podCidr);
  const proof =
    had.length > 0
      ? `${names(had)} already ${had.length === 1 ? 'is' : 'are'} in a cluster, so the data must be there`
      : 'the data of a cluster may be there';
  return [
    {
      code: 'etcd-hidden',
      severity: 'error',
      says:
        `no host that could be asked has etcd's data, and ${names(unseen)} could not be asked: ${proof}, and ` +
        `${names(seen)} would bootstrap a second, empty etcd cluster`,
      help:
        `make ${names(unseen)} reachable. If nothing that may be there is worth keeping: take ${names(unseen)} out ` +
        'of the file, or kw reset, then kw up',
    },
  ];
}

const names = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => name).join(', ');
