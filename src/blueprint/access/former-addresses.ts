/**
 * Hosts that the file has at another address than the cluster knows them by. Until all have learned the new one, what
 * they show must be good at both.
 */
import type { Host } from '../../model/cluster.js';
import type { HostFacts } from '../../model/host-facts.js';
import type { Input } from '../input.js';

type Known = Pick<Input, 'facts' | 'gone'>;
type Facts = ReadonlyMap<string, Pick<HostFacts, 'built' | 'etcdMembers' | 'lived'>>;

/**
 * Addresses by which members of etcd and control planes still know this host; [] of one that is new, or comes in the
 * place of one that is gone for good.
 */
export const formerAddresses = ({ facts, gone = [] }: Known, host: Host): readonly string[] => {
  const lives = (facts.get(host.name)?.lived ?? []).length > 0;
  if (!lives || gone.some(({ name }) => name === host.name)) return [];
  return [...(remembered(facts).get(host.name) ?? [])].filter(address => address !== host.address);
};

/** The address that a host leaves; undefined: it stays. Its own word counts more than what others remember of it. */
export const movesFrom = (known: Known, host: Host): string | undefined => {
  const fact = known.facts.get(host.name);
  const own = fact ? addressesIn(fact) : [];
  const isThere = own.some(([name, address]) => name === host.name && address === host.address);
  return isThere ? undefined : formerAddresses(known, host)[0];
};

/** Whether etcd lists this host's member at another address than the file, by what any member has recorded. */
export const memberMoves = (facts: Facts, host: Host): boolean =>
  facts.get(host.name)?.lived?.includes('member') === true &&
  [...facts.values()].some(fact =>
    membersOf(fact).some(([name, address]) => name === host.name && address !== host.address),
  );

/** Asked for every host: gathered anew each time, it would cost hosts times hosts. */
const remembered = (facts: Facts): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = byFacts.get(facts) ?? gathered(facts);
  byFacts.set(facts, found);
  return found;
};
const byFacts = new WeakMap<Facts, ReadonlyMap<string, ReadonlySet<string>>>();

const gathered = (facts: Facts): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const fact of facts.values())
    for (const [name, address] of addressesIn(fact))
      found.set(name, (found.get(name) ?? new Set<string>()).add(address));
  return found;
};

type Told = readonly (readonly [name: string, address: string])[];

const addressesIn = (fact: Pick<HostFacts, 'built' | 'etcdMembers' | 'lived'>): Told => [
  ...(fact.built?.peers ?? []).map(({ name, address }) => [name, address] as const),
  ...membersOf(fact),
];

/** A member that has not joined has recorded nothing: its unit's list is of its first start. */
const membersOf = ({ etcdMembers, lived }: Pick<HostFacts, 'etcdMembers' | 'lived'>): Told =>
  lived?.includes('member') === true
    ? [...etcdMembers.matchAll(/([^=,]+)=https:\/\/([^,/]+):\d+/g)].map(([, name = '', at = '']) => [name, at])
    : [];
