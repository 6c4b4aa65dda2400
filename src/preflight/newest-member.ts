/**
 * Which of the members of a lost quorum is the newest: by what each really holds, and only where all of them are parts
 * of one history.
 */

import type { Failure } from '../model/event.js';

/** What was found on a member's disk, once its log was read to the end. */
export interface Salvaged {
  readonly host: string;
  /** The backup that was made of it. */
  readonly path: string;
  readonly term: number;
  readonly index: number;
  readonly revision: number;
  readonly keys: number;
}

/** etcd's hash of all keys at a revision; hashes are alike only where the same was compacted by then. */
export interface HashAt {
  readonly hash: number;
  readonly compacted: number;
}

/** An older member and the next newer one, both at the older one's revision; absent: it could not be told. */
export interface Pair {
  readonly older: Salvaged;
  readonly newer: Salvaged;
  readonly olderHash?: HashAt | undefined;
  readonly newerHash?: HashAt | undefined;
}

export type Verdict =
  | { readonly newest: Salvaged; readonly proof: 'alone' | 'one-history' }
  /** Nobody may choose for a person: these two are parts of different histories, or it cannot be told. */
  | { readonly newest?: undefined; readonly because: 'differ' | 'unknown'; readonly pair: Pair };

/** One of them cannot be read, and it may be the newest. */
export const unread = ({ host = '', message }: Failure, others: readonly Salvaged[]): Failure => ({
  class: 'refused',
  host,
  message: `${message}. It may hold what no other member has. Nothing was changed: etcd runs as before`,
  help:
    others.length > 0
      ? `mend that; or, to go on without it, name the member whose data are taken: kw etcd recover --member ` +
        `${others.at(-1)?.host ?? ''}`
      : 'mend that; or take a backup: kw restore',
});

/** The oldest first. */
export const byAge = (all: readonly Salvaged[]): readonly Salvaged[] =>
  [...all].sort((one, other) => one.revision - other.revision || one.index - other.index || one.term - other.term);

export function newestMember(all: readonly Salvaged[], pairs: readonly Pair[]): Verdict | undefined {
  const newest = byAge(all).at(-1);
  if (!newest) return undefined;
  for (const pair of pairs) {
    const same = compare(pair);
    if (same !== 'same') return { because: same, pair };
  }
  return { newest, proof: all.length === 1 ? 'alone' : 'one-history' };
}

const compare = ({ olderHash: one, newerHash: other }: Pair): 'same' | 'differ' | 'unknown' =>
  !one || !other || one.compacted !== other.compacted ? 'unknown' : one.hash === other.hash ? 'same' : 'differ';

const memberText = ({ host, revision, keys, term, index }: Salvaged): string =>
  `${host}: revision ${revision}, ${keys} keys, term ${term}, index ${index}`;

/** One sentence for each member, and what follows from them. */
export const evidenceText = (all: readonly Salvaged[], verdict: Verdict): readonly string[] => [
  ...byAge(all).toReversed().map(memberText),
  verdictText(all, verdict),
];

const verdictText = (all: readonly Salvaged[], verdict: Verdict): string => {
  if (verdict.newest)
    return verdict.proof === 'alone'
      ? `${verdict.newest.host} is the only one that has data: what the others alone had acknowledged is lost`
      : `${verdict.newest.host} is the newest, and holds all that ${others(all, verdict.newest)} hold: at each one's ` +
          'revision their hashes are equal';
  const { older, newer } = verdict.pair;
  return verdict.because === 'differ'
    ? `${older.host} and ${newer.host} are parts of DIFFERENT HISTORIES: at revision ${older.revision} they hold ` +
        'different keys'
    : `whether ${older.host} and ${newer.host} are parts of one history cannot be told: their hashes at revision ` +
        `${older.revision} cannot be compared`;
};

const others = (all: readonly Salvaged[], { host }: Salvaged): string =>
  all
    .map(one => one.host)
    .filter(one => one !== host)
    .join(', ');
