/**
 * Does the file want etcd where it lives? It may grow by hosts that are blank, beside a quorum that answers; its
 * members are never moved behind the owner's back.
 */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import type { HostFacts } from '../../model/host-facts.js';
import { etcdPeerPort } from '../../model/components.js';
import { forGood } from './gone-for-good.js';
import { etcdHosts } from '../access/certificates.js';

interface Member {
  readonly name: string;
  readonly address: string;
}
export type Facts = ReadonlyMap<string, Pick<HostFacts, 'etcdDataExists' | 'etcdMembers' | 'lived' | 'podCidr'>>;

/**
 * `--initial-cluster` of a host. A living member keeps the one of its first start: etcd reads it never again, and
 * another one would cost a restart. What a host said is kept only where it is what Kubewizard writes.
 */
export const initialCluster = (
  spec: ClusterSpec,
  host: Host,
  fact: Pick<HostFacts, 'etcdDataExists' | 'etcdInitial'>,
): string => {
  const was = fact.etcdDataExists ? (fact.etcdInitial ?? '') : '';
  const entries = was.split(',');
  return entries.includes(entryOf(host)) && entries.every(one => entry.test(one))
    ? was
    : etcdHosts(spec).map(entryOf).join(',');
};

/** `kw-1=https://10.0.0.11:2380` */
export const entryOf = ({ name, address }: Host): string => `${name}=https://${address}:${etcdPeerPort}`;
const entry = /^[A-Za-z0-9][A-Za-z0-9.-]*=https:\/\/\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}$/;

/**
 * Hosts whose mark or unit names other members than the file: the living ones among them must be asked before anything
 * is refused.
 */
export const doubtful = (spec: ClusterSpec, facts: Facts): readonly Host[] =>
  spec.hosts.filter(({ name }) => differs(spec, facts, inUnit(facts.get(name)?.etcdMembers ?? '')));

/** Whom to ask for the list of members: where one is doubtful, all that have data. */
export const toAsk = (spec: ClusterSpec, facts: Facts): readonly Host[] =>
  doubtful(spec, facts).length === 0 ? [] : spec.hosts.filter(({ name }) => facts.get(name)?.etcdDataExists);

/**
 * Hosts of the file that hold a member of this etcd, or what is left of one, or were about to join, and shall not any
 * more. Nobody leaves whom no other member survives.
 */
export const leavers = (
  spec: ClusterSpec,
  facts: ReadonlyMap<string, Pick<HostFacts, 'etcdDataExists' | 'etcdInitial' | 'etcdOurs' | 'lived'>>,
): readonly Host[] =>
  etcdHosts(spec).some(({ name }) => facts.get(name)?.etcdDataExists)
    ? spec.hosts.filter(({ name, roles }) => {
        const fact = facts.get(name);
        return (
          !roles.includes('etcd') &&
          (fact?.etcdOurs === true ||
            fact?.lived?.includes('member') === true ||
            (fact?.etcdDataExists === true && fact.etcdInitial !== undefined))
        );
      })
    : [];

/**
 * [] where etcd lives on the hosts that the file names, or nowhere yet, or grows into them.
 * @param lists `etcdctl member list` of the doubtful hosts that answered, with a line `quorum` where a read by way of
 * the quorum was answered: what was changed by hand counts, once it runs. One such list is worth more than all that
 * was written down.
 * @param gone Addresses of members that are gone for good, and are removed by this plan.
 */
export const etcdMoved = (
  spec: ClusterSpec,
  facts: Facts,
  lists: ReadonlyMap<string, string> = new Map(),
  gone: readonly string[] = [],
): readonly Diagnostic[] => {
  const stay = (members: readonly Member[]): readonly Member[] =>
    members.filter(({ address }) => !gone.includes(address));
  const living = spec.hosts.map(holder => ({ holder, members: stay(inList(lists.get(holder.name) ?? '')) }));
  const written = doubtful(spec, facts).map(holder => ({
    holder,
    members: stay(inUnit(facts.get(holder.name)?.etcdMembers ?? '')),
  }));
  const answered = living.filter(({ members }) => members.length > 0);
  for (const { holder, members } of answered.length > 0 ? answered : written)
    if (differs(spec, facts, members) && hindrances(spec, facts, members, lists).length > 0)
      return [moved(spec, facts, holder, members, lists)];
  return hidden(spec, facts);
};

/** Whether etcd itself said that most of its members answer. */
export const hasQuorum = (lists: ReadonlyMap<string, string>): boolean =>
  [...lists.values()].some(text => /^quorum$/m.test(text));

/** Why etcd does not go from its members to the file's hosts, by joining and leaving; []: it does. */
function hindrances(
  spec: ClusterSpec,
  facts: Facts,
  members: readonly Member[],
  lists: ReadonlyMap<string, string>,
): readonly string[] {
  const { strange, left } = difference(spec, facts, members);
  // Whoever is in the file without the role is asked to leave; nobody else vanishes.
  const lost = left.filter(
    member => !spec.hosts.some(host => facts.get(host.name)?.etcdDataExists && same(facts)(host, member)),
  );
  const unseen = etcdHosts(spec).filter(({ name }) => !facts.has(name));
  const full = strange.filter(({ name }) => facts.get(name)?.etcdDataExists);
  const marked = strange.filter(host => !full.includes(host) && facts.get(host.name)?.lived?.includes('member'));
  const named = strange.filter(host => members.some(({ name }) => name === host.name));
  return [
    ...(lost.length > 0 ? [`${names(lost)} ${are(lost)} in the file, with its data`] : []),
    ...(left.length === members.length ? ['one of its members keeps the role'] : []),
    ...(unseen.length > 0 ? [`${names(unseen)} can be reached`] : []),
    ...(full.length > 0 ? [`${names(full)} ${full.length === 1 ? 'has' : 'have'} no data of another etcd`] : []),
    ...(marked.length > 0
      ? [`what ${names(marked)} had as a member is back (/etc/kubernetes/etcd-member says so)`]
      : []),
    ...(named.length > 0 ? [`no other member is called ${names(named)}`] : []),
    ...(hasQuorum(lists) ? [] : ['most members of the living etcd answer']),
    ...([...facts.values()].some(({ lived = [] }) => lived.length > 0)
      ? []
      : ['kw up with the file as it was has recorded its members']),
  ];
}

const are = (all: readonly unknown[]): string => (all.length === 1 ? 'is' : 'are');

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

function moved(
  spec: ClusterSpec,
  facts: Facts,
  holder: Host,
  members: readonly Member[],
  lists: ReadonlyMap<string, string>,
): Diagnostic {
  const { strange, left } = difference(spec, facts, members);
  const harm = [
    ...(strange.length > 0 ? [`${names(strange)} would bootstrap a second, empty etcd cluster`] : []),
    ...(left.length > 0 ? [`${names(left)} would be left out, and every count of the quorum would be wrong`] : []),
  ].join('; ');
  return {
    code: 'etcd-moved',
    severity: 'error',
    help: help(spec, facts, members, hindrances(spec, facts, members, lists)),
    says:
      `etcd of this cluster lives on ${names(members)} (${holder.name} says so), and by this file it would be on ` +
      `${names(etcdHosts(spec))}: ${harm}`,
  };
}

/** Roles are dealt by the number of hosts: written down they stay what they are. */
const help = (spec: ClusterSpec, facts: Facts, members: readonly Member[], hindered: readonly string[]): string =>
  [
    `etcd goes where the file wants it once ${hindered.join(', and ')}. Else:`,
    ...forGood(spec, facts, members),
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
