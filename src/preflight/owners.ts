/** Whose the hosts of a file are, all together, and which of them stop a command. */
import type { Carried } from '../model/carried.js';
import { comingOf, heirOf } from './heir.js';
import { compare, fingerprintsIn, isKnown, type KnownCluster, type Owner, ownerOf } from './ownership.js';

/**
 * change: it plans or changes hosts. cure: it changes what is unhealthy, and must see a host with two identities to
 * cure it. look: it changes no host.
 */
export type Purpose = 'change' | 'cure' | 'look';

export type Carriers = ReadonlyMap<string, Carried>;

/** Where the control machine knows nothing, hosts of the file's name are its own, unless they contradict each other. */
export function ownersOf(before: KnownCluster, hosts: Carriers): ReadonlyMap<string, Owner> {
  const known = withHeirs(before, hosts);
  const first = new Map([...hosts].map(([name, carried]) => [name, ownerOf(compare(known, carried), isKnown(known))]));
  if (isKnown(known)) return first;
  const named = [...hosts].filter(([name]) => first.get(name) === 'ours').map(([, carried]) => carried);
  const agreed = named.every(one => named.every(other => !contradict(one, other)));
  return new Map(
    [...hosts].map(([name, carried]) => {
      const owner = first.get(name) ?? 'unknown';
      if (owner === 'ours' && !agreed) return [name, 'unknown'];
      const vouched = carried.marked && named.some(one => meet(one.ca, carried.ca));
      return [name, owner === 'unknown' && agreed && vouched ? 'ours' : owner];
    }),
  );
}

/** One CA is exchanged for another: whoever knows the other alone is no host of another cluster. */
const withHeirs = (known: KnownCluster, hosts: Carriers): KnownCluster => {
  const heir = heirOf(known, hosts);
  const more = [...comingOf(known, hosts), ...(heir ? [heir] : [])];
  const { authorities, signers, keys = [] } = known;
  return {
    ...known,
    authorities: [...authorities, ...more.map(({ fingerprint }) => fingerprint)],
    keys: [...keys, ...more.map(({ spkiSha256 }) => spkiSha256)],
    signers: [...signers, ...more.map(({ pem }) => pem)],
  };
};

/**
 * Names of the hosts that stop it. Who only looks is let in where one host at least is the file's own: a host that was
 * given a strange CA is what a doctor is called for.
 */
export function stoppedBy(purpose: Purpose, owners: ReadonlyMap<string, Owner>): readonly string[] {
  const are = (...those: readonly Owner[]): readonly string[] =>
    [...owners].filter(([, owner]) => those.includes(owner)).map(([host]) => host);
  if (purpose === 'change') return are('others', 'mixed', 'unknown');
  const own = are('ours', 'mixed');
  if (purpose === 'cure' && own.length > 0) return are('others');
  return own.length > 0 ? [] : are('others', 'unknown');
}

const contradict = (one: Carried, other: Carried): boolean =>
  [
    [fingerprintsIn(one.ca), fingerprintsIn(other.ca)],
    [fingerprintsIn(one.etcdCa), fingerprintsIn(other.etcdCa)],
    [only(one.etcdCluster), only(other.etcdCluster)],
  ].some(
    ([mine = [], theirs = []]) => mine.length > 0 && theirs.length > 0 && !mine.some(each => theirs.includes(each)),
  );

const meet = (one: string | undefined, other: string | undefined): boolean =>
  fingerprintsIn(one).some(each => fingerprintsIn(other).includes(each));

const only = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
