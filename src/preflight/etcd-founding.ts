/**
 * May the file's hosts found an etcd? Only where all that is remembered of the cluster was seen, and is empty of it: a
 * second, empty etcd beside the data ends a cluster without a word.
 */
import { etcdHosts } from '../blueprint/access/certificates.js';
import type { ClusterSpec, Host } from '../model/cluster.js';
import type { Diagnostic } from '../model/diagnostic.js';
import type { HostFacts } from '../model/host-facts.js';
import type { EtcdMember } from '../model/identity.js';

export type Facts = ReadonlyMap<string, Pick<HostFacts, 'etcdDataExists' | 'lived'>>;

/** What the control machine remembers of this cluster's etcd. */
export interface RememberedEtcd {
  /** Ids of it; [] where none was ever seen. */
  readonly etcd?: readonly string[] | undefined;
  /** Hosts that had its data. */
  readonly members?: readonly EtcdMember[] | undefined;
}

/**
 * Who is to be remembered. One that left the file is forgotten once all that the file wants have the data.
 * @param wanted etcd's hosts by the file; `holders`: hosts with its data.
 */
export const membersNow = (
  known: readonly EtcdMember[],
  wanted: readonly EtcdMember[],
  holders: readonly EtcdMember[],
): readonly EtcdMember[] => {
  const held = new Set(holders.map(({ address }) => address));
  const stay = wanted.every(({ address }) => held.has(address))
    ? []
    : known.filter(({ address }) => !held.has(address));
  return [...stay, ...holders].map(({ name, address }) => ({ name, address }));
};

/** No host of etcd that was seen has data: what starts there begins anew. */
export const founds = (spec: ClusterSpec, facts: Facts): boolean =>
  etcdHosts(spec).some(({ name }) => facts.has(name)) &&
  etcdHosts(spec).every(({ name }) => facts.get(name)?.etcdDataExists !== true);

/**
 * Whether this cluster's etcd has ever answered, by what its hosts carry. What the control machine remembers is no
 * proof: it is written down before the founding, which may have been cut off.
 */
export const etcdHasLived = (facts: Facts): boolean => [...facts.values()].some(({ lived = [] }) => lived.length > 0);

export interface FoundingWords {
  /** `--new-etcd`: the cluster's name, typed by who gives up what the old etcd held. */
  readonly given?: string | undefined;
  /** The living etcd answered by way of its quorum: whoever is blank joins it. */
  readonly quorum?: boolean;
}

/** [] where nothing speaks against it, or nothing is founded. */
export function etcdFounding(
  spec: ClusterSpec,
  facts: Facts,
  remembered: RememberedEtcd,
  { given, quorum = false }: FoundingWords = {},
): readonly Diagnostic[] {
  if (!founds(spec, facts)) return quorum ? [] : quorumGone(spec, facts);
  const why = livesElsewhere(spec, facts, remembered);
  if (why === undefined || given === spec.name) return [];
  const wrong = given === undefined ? '' : ` --new-etcd ${given} names another cluster.`;
  return [
    {
      code: 'etcd-second',
      severity: 'error',
      says:
        `${why}, and none of etcd's hosts in the file has its data: ${names(blank(spec, facts))} would bootstrap a ` +
        `second, empty etcd cluster.${wrong}`,
      help: waysOn(spec, remembered),
    },
  ];
}

/** What says that there is an etcd of this cluster besides; undefined: nothing does. */
function livesElsewhere(spec: ClusterSpec, facts: Facts, { etcd = [], members = [] }: RememberedEtcd) {
  const holders = spec.hosts.filter(({ name }) => facts.get(name)?.etcdDataExists);
  if (holders.length > 0) return `${names(holders)} ${holders.length === 1 ? 'has' : 'have'} data of etcd`;
  const carry = spec.hosts.filter(({ name }) => facts.get(name)?.lived);
  if (carry.length > 0)
    return (
      `this cluster has had an etcd (${names(carry)} ${carry.length === 1 ? 'carries' : 'carry'} what only a ` +
      'running cluster leaves)'
    );
  if (members.length === 0 && etcd.length === 0) return undefined;
  const at = (address: string): Host | undefined => spec.hosts.find(host => host.address === address);
  const away = members.filter(({ address }) => !facts.has(at(address)?.name ?? ''));
  if (away.length > 0)
    return (
      `etcd of this cluster lived on ${shown(members)}, as this control machine remembers, and ` +
      `${names(away)} ${away.length === 1 ? 'was' : 'were'} not seen`
    );
  if (members.length === 0)
    return `this control machine remembers an etcd of this cluster (id ${etcd.at(-1)}), and not where it lived`;
  const unseen = spec.hosts.filter(({ name }) => !facts.has(name));
  return unseen.length > 0
    ? `this cluster has had an etcd, and ${names(unseen)}, which may carry it, could not be asked`
    : undefined;
}

const waysOn = ({ name }: ClusterSpec, { members = [] }: RememberedEtcd): string =>
  [
    'keep at least one member of the old etcd in the file, with its role, and make it reachable' +
      (members.length > 0 ? ':' : '.'),
    ...members.map(member => `  - {name: ${member.name}, address: ${member.address}, roles: [etcd, controlPlane]}`),
    "are its disks lost: restore a snapshot of etcd to /var/lib/etcd on the file's hosts (etcdutl snapshot restore), " +
      'then kw up.',
    'is nothing of it worth keeping: kw reset with the old file, then kw up; or, where the old hosts are gone and ' +
      'all that etcd held is given up:',
    `  kw up --new-etcd ${name}`,
  ].join('\n');

/** Members that have data are too few to let the others join: empty ones would make a quorum among themselves. */
function quorumGone(spec: ClusterSpec, facts: Facts): readonly Diagnostic[] {
  const wanted = etcdHosts(spec);
  const empty = blank(spec, facts);
  const needed = Math.floor(wanted.length / 2) + 1;
  if (wanted.length - empty.length >= needed || !etcdHasLived(facts)) return [];
  const holders = wanted.filter(host => facts.get(host.name)?.etcdDataExists);
  return [
    {
      code: 'etcd-quorum-gone',
      severity: 'error',
      says:
        `${names(holders)} ${holders.length === 1 ? 'has' : 'have'} the data of this cluster's etcd, and ` +
        `${names(empty)} ${empty.length === 1 ? 'has' : 'have'} none: that is no quorum of ${wanted.length}, and ` +
        `${names(empty)} would bootstrap a second, empty etcd cluster over it`,
      help:
        `bring the disks of ${names(empty)} back. Are they lost: kw etcd recover makes a cluster of what ` +
        `${names(holders)} ${holders.length === 1 ? 'has' : 'have'}; then kw up`,
    },
  ];
}

const blank = (spec: ClusterSpec, facts: Facts): readonly Host[] =>
  etcdHosts(spec).filter(({ name }) => facts.get(name)?.etcdDataExists === false);

const shown = (all: readonly EtcdMember[]): string => all.map(({ name, address }) => `${name} (${address})`).join(', ');
const names = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => name).join(', ');
