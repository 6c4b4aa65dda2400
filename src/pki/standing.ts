/**
 * How far the rotation of a CA has come: read off the public files that lie on control planes, remembered by nobody.
 * Whom all trust and who signs are two things: a bundle of certificates, and one pair.
 */
import type { AuthorityMark } from '../model/rotated-authorities.js';
import type { Certificate } from './certificate.js';
import { readCertificates } from './read.js';

/** What lies on one control plane of one CA. */
export interface AuthoritySeen {
  /** The file that all trust; [] where it is not there. */
  readonly trust: readonly Certificate[];
  /** Who signs, while more than one is trusted; absent: nothing says so, and the only one that is trusted does. */
  readonly signer?: Certificate;
  /** The pair that is to sign next lies there too. */
  readonly next?: Certificate;
}

export const seenIn = ({ trust, signer, next }: AuthorityMark): AuthoritySeen => {
  const [signs] = readCertificates(signer ?? '').certificates;
  const [comes] = readCertificates(next ?? '').certificates;
  return {
    trust: readCertificates(trust).certificates,
    ...(signs && { signer: signs }),
    ...(comes && { next: comes }),
  };
};

/**
 * `settled`: one is trusted, and signs. `trusting`: `other` is trusted beside it, and will sign. `signing`: what was
 * `other` signs, and the one before it is still trusted. `forgetting`: the one before is trusted no more, and not
 * everything is cleaned up.
 */
export type Standing =
  | { readonly phase: 'settled' | 'forgetting'; readonly signer: Certificate }
  | { readonly phase: 'trusting' | 'signing'; readonly signer: Certificate; readonly other: Certificate };

/** The files of hosts that contradict each other: nobody could say which of them is ahead. */
export interface Contradiction {
  readonly hosts: readonly string[];
}

/**
 * The furthest that any control plane has come: every phase was proven on all of them before the next was begun, so
 * that whoever lags behind is brought on, never back. undefined: nothing of it is there, or it tells too little (one
 * file of trust that says other things than the next, without a rotation): who knows the cluster decides then.
 */
export const standingOf = (hosts: ReadonlyMap<string, AuthoritySeen>): Standing | Contradiction | undefined => {
  const seen = [...hosts].filter(([, { trust }]) => trust.length > 0);
  const marked = seen.flatMap(([host, one]) => {
    const standing = ofHost(one);
    return standing ? [{ host, standing }] : [];
  });
  if (marked.length === 0) return settledAs(seen.map(([, { trust }]) => trust));
  const furthest = marked.reduce((best, one) => (rank[one.standing.phase] > rank[best.standing.phase] ? one : best));
  const apart = marked.filter(one => !leadsTo(one.standing, furthest.standing));
  return apart.length > 0 ? { hosts: [furthest.host, ...apart.map(({ host }) => host)] } : furthest.standing;
};

export const isContradiction = (found: Standing | Contradiction | undefined): found is Contradiction =>
  found !== undefined && 'hosts' in found;

/** In the order of a bundle: the same text before and after the signer changes, so that nothing restarts for it. */
export const trustOf = (standing: Standing): readonly Certificate[] =>
  standing.phase === 'trusting'
    ? [standing.signer, standing.other]
    : standing.phase === 'signing'
      ? [standing.other, standing.signer]
      : [standing.signer];

/** Where a rotation begins: the CA that is to come, trusted beside the one that signs. */
export const begun = ({ signer }: Standing, other: Certificate): Standing => ({ phase: 'trusting', signer, other });

/** The next phase of one that has begun. */
export const after = (standing: Standing): Standing =>
  standing.phase === 'trusting'
    ? { phase: 'signing', signer: standing.other, other: standing.signer }
    : { phase: 'forgetting', signer: standing.signer };

const rank: Readonly<Record<Standing['phase'], number>> = { settled: 0, trusting: 1, signing: 2, forgetting: 3 };

const same = (one: Certificate, other: Certificate): boolean => one.fingerprint === other.fingerprint;

/** By its marks alone; undefined: it has none, and is settled, or was not come to yet. */
const ofHost = ({ trust, signer, next }: AuthoritySeen): Standing | undefined => {
  if (next && !(signer && same(signer, next))) {
    const now = signer ?? trust.find(one => !same(one, next));
    return now && { phase: 'trusting', signer: now, other: next };
  }
  if (!signer) return undefined;
  const other = trust.find(one => !same(one, signer));
  return other ? { phase: 'signing', signer, other } : { phase: 'forgetting', signer };
};

/** Whether whoever stands at the first comes to the second by going on. */
const leadsTo = (one: Standing, to: Standing): boolean => {
  if (one.phase === to.phase) return same(one.signer, to.signer) && sameOther(one, to);
  return one.phase === 'trusting' && 'other' in one ? same(one.other, to.signer) : same(one.signer, to.signer);
};

const sameOther = (one: Standing, to: Standing): boolean =>
  !('other' in one) || !('other' in to) || same(one.other, to.other);

const settledAs = (all: readonly (readonly Certificate[])[]): Standing | undefined => {
  const [first] = all;
  const [signer] = first ?? [];
  if (!signer || first?.length !== 1) return undefined;
  return all.every(each => each.length === 1 && each[0] && same(each[0], signer))
    ? { phase: 'settled', signer }
    : undefined;
};
