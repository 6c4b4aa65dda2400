/**
 * Does the file change what cannot be changed on a cluster that lives? Said before anything is drafted, all of it at
 * once.
 */
import { type ClusterSpec, type Host, nodes, withRole } from '../model/cluster.js';
import type { Diagnostic } from '../model/diagnostic.js';
import { type Built, type HostFacts, peersByAddress } from '../model/host-facts.js';
import { networkOf, parseIPv4Cidr, prefixOf } from '../net/address.js';
import { authorityOf } from '../pki/made-here.js';
import { type Key, lives } from '../spec/index.js';

type Facts = ReadonlyMap<string, Pick<HostFacts, 'built' | 'etcdDataExists' | 'podCidr'>>;
type Value = string | number;

/** A final key of the whole cluster: what the file says, and what a host says; undefined where it says nothing. */
interface Final {
  readonly key: Key;
  readonly wanted: (spec: ClusterSpec) => Value | undefined;
  readonly has: (built: Built, fact: Pick<HostFacts, 'podCidr'>) => Value | undefined;
}

/** What is told of a key. */
interface Told {
  readonly key: Key;
  readonly problem: Diagnostic;
}

/**
 * Where no host of the file holds a cluster's data, nothing that was begun there is final yet, but the CA that the
 * control machine has made.
 * @param ca Its certificate, PEM; undefined where there is none yet.
 */
export function finalKeys(spec: ClusterSpec, facts: Facts, ca?: string): readonly Diagnostic[] {
  const living = isLiving(spec, facts);
  const told = living
    ? [...finals.flatMap(final => changed(final, spec, facts)), ...renamed(spec, facts), ...rolesTaken(spec, facts)]
    : [];
  const made = madeOtherwise(spec, ca, living);
  return [...told, ...made.filter(one => !told.some(({ key }) => key === one.key))].map(one => one.problem);
}

/**
 * The CA of the control machine signs what comes, whatever the file says by now: also after a build that was cut off,
 * and while no control plane that could tell its CA is seen.
 */
function madeOtherwise({ name, pki }: ClusterSpec, ca: string | undefined, living: boolean): readonly Told[] {
  const made = pki.ca || ca === undefined ? undefined : authorityOf(ca);
  if (!made) return [];
  const values = [
    ['pki.algorithm', made.algorithm, pki.algorithm],
    ['pki.caDays', made.days, pki.caDays],
  ] as const;
  const anew =
    `; or, as nothing of the cluster lives yet: kw reset with the old file, move .kubewizard/${name} away, then ` +
    'kw up';
  return values
    .filter(([, has, wanted]) => has !== wanted)
    .map(([key, has, wanted]) => ({
      key,
      problem: {
        code: 'final-key',
        severity: 'error',
        says: `${key} is ${has} in the CA that was made for this cluster, and ${wanted} in the file`,
        help: `write the old value${living ? '' : anew}`,
      },
    }));
}

const isLiving = (spec: ClusterSpec, facts: Facts): boolean =>
  [...facts.values()].some(fact => fact.etcdDataExists) || withRole(spec, 'etcd').some(({ name }) => !facts.has(name));

const finals: readonly Final[] = [
  {
    key: 'name',
    wanted: spec => spec.components.etcd.extraArgs['initial-cluster-token'] ?? spec.name,
    has: built => built.cluster,
  },
  { key: 'network.pods', wanted: spec => network(spec.network.pods), has: built => built.pods },
  { key: 'network.services', wanted: spec => network(spec.network.services), has: built => built.services },
  {
    key: 'network.hostPrefix',
    wanted: spec => spec.network.hostPrefix,
    has: (_, { podCidr }) => prefix(podCidr),
  },
  {
    key: 'network.domain',
    wanted: spec => text(spec.components.kubelet.config.clusterDomain) ?? spec.network.domain,
    has: built => built.domain,
  },
  { key: 'network.provider', wanted: spec => spec.network.provider, has: built => built.provider },
  {
    key: 'pki.algorithm',
    wanted: ({ pki }) => (pki.ca ? undefined : pki.algorithm),
    has: built => built.ca?.algorithm,
  },
  { key: 'pki.caDays', wanted: ({ pki }) => (pki.ca ? undefined : pki.caDays), has: built => built.ca?.days },
];

const network = (cidr: string): string => {
  const parsed = parseIPv4Cidr(cidr);
  return parsed ? networkOf(parsed) : cidr;
};
const prefix = (cidr: string): number | undefined => {
  const parsed = parseIPv4Cidr(cidr);
  return parsed && prefixOf(parsed);
};
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** One sentence for each value that hosts have and the file does not. */
function changed({ key, wanted, has }: Final, spec: ClusterSpec, facts: Facts): readonly Told[] {
  const want = wanted(spec);
  if (want === undefined) return [];
  const holders = new Map<Value, string[]>();
  for (const { name } of spec.hosts) {
    const fact = facts.get(name);
    const value = fact?.built && has(fact.built, fact);
    if (value === undefined || value === want) continue;
    holders.set(value, [...(holders.get(value) ?? []), name]);
  }
  return [...holders].map(([value, hosts]) =>
    refused(
      key,
      `${key} is ${value} in this cluster (${some(hosts)} ${hosts.length === 1 ? 'says' : 'say'} so), and ` +
        `${want} in the file`,
    ),
  );
}

/** A node that is born again under another name leaves its old self, its volumes and its pods behind. */
function renamed(spec: ClusterSpec, facts: Facts): readonly Told[] {
  // Of a host that nobody sees now, the control planes still know the name.
  const remembered = peersByAddress(facts);
  const all = spec.hosts.flatMap(({ name, address }) => {
    const was = facts.has(name) ? facts.get(name)?.built?.name : remembered.get(address)?.name;
    return was === undefined || was === name ? [] : [`${address} is ${was} in this cluster and ${name} in the file`];
  });
  return all.length > 0 ? [refused('hosts[].name', some(all))] : [];
}

/** What runs on a host goes on running when its role is gone from the file. */
function rolesTaken(spec: ClusterSpec, facts: Facts): readonly Told[] {
  const controls = withRole(spec, 'controlPlane');
  const taken = (what: string, role: string, runs: Built['runs'][number], may: readonly Host[]) =>
    spec.hosts
      .filter(host => facts.get(host.name)?.built?.runs.includes(runs) && !may.includes(host))
      .map(({ name }) => ({
        key: 'hosts[].roles' as const,
        problem: {
          code: 'final-key',
          severity: 'error' as const,
          says:
            `hosts[].roles: ${name} is ${what} of this cluster, and by the file it is none any more: what runs there ` +
            'would go on unwatched',
          help: `give ${name} the role ${role} again`,
        },
      }));
  return [
    ...taken('a control plane', 'controlPlane', 'apiserver', controls),
    ...taken('a node', 'worker', 'kubelet', nodes(spec)),
  ];
}

const refused = (key: Key, says: string): Told => ({
  key,
  problem: {
    code: 'final-key',
    severity: 'error',
    says: `${says}: ${key === 'hosts[].name' ? 'names are' : 'it is'} never changed on a living cluster`,
    ...(lives[key].says ? { help: lives[key].says } : {}),
  },
});

const some = (all: readonly string[]): string =>
  all.length > 5 ? `${all.slice(0, 5).join(', ')} and ${all.length - 5} more` : all.join(', ');
