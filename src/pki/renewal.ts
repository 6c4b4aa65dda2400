/** Two certificates of one CA: the younger one was signed by the same key, since the older was at its end. */
import type { Certificate } from './certificate.js';
import { isNearItsEnd } from './life.js';

/** Whatever one of them has signed verifies against the other. */
export const isSameAuthority = (one: Certificate, other: Certificate): boolean =>
  one.spkiSha256 === other.spkiSha256 && one.subjectDer === other.subjectDer;

/** Near its end, or past it; who is signed by another CA is for its owner to renew. */
export const isDue = (authority: Certificate, now: Date): boolean =>
  authority.subjectDer === authority.issuerDer && isNearItsEnd(authority, now);

/** The younger one counts. */
export const isYounger = (one: Certificate, other: Certificate): boolean =>
  Date.parse(one.notBefore) > Date.parse(other.notBefore);
