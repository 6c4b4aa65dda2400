/** Does a certificate verify? Asked the way Go's crypto/x509 does, because Kubernetes does; says why not. */
import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.js';
import { children, hexOf, tlvAt } from './der.js';

export type ChainFault =
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-usage'
  /** No CA of that name is there. */
  | 'unknown-issuer'
  /** A CA of that very name is there, but with another key. */
  | 'same-name-other-key'
  | 'issuer-may-not-sign';

export interface ChainReason {
  readonly code: ChainFault;
  readonly says: string;
}

export interface ChainTerms {
  readonly now: Date;
  readonly purpose: 'server' | 'client' | 'any';
}

/** [] means it verifies. Roots are trusted as they are, also without being self-signed, as in Go. */
export const verifyChain = (
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  { now, purpose }: ChainTerms,
): readonly ChainReason[] => {
  const reasons = [...datesOf(leaf, now)];
  if (!suits(leaf, purpose))
    reasons.push({
      code: 'wrong-usage',
      says: `${nameOf(leaf)} is good for ${leaf.usages.join(', ')}, not for ${purpose}`,
    });
  return [...reasons, ...climb(leaf, intermediates, roots, { now, purpose }, 0)];
};

/** Is `child` signed by the key of `authority`, and named as its issuer? Dates and usages are not asked. */
export const isSignedBy = (child: Certificate, authority: Certificate): boolean =>
  child.issuerDer === authority.subjectDer && signatureOf(child, authority);

const climb = (
  child: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  terms: ChainTerms,
  depth: number,
): readonly ChainReason[] => {
  if (roots.some(root => root.fingerprint === child.fingerprint)) return [];
  const named = [...roots, ...intermediates].filter(
    one => one.subjectDer === child.issuerDer && one.fingerprint !== child.fingerprint,
  );
  const parents = named.filter(one => signatureOf(child, one));
  if (parents.length === 0) return [nobodySigned(child, named)];
  let reasons: readonly ChainReason[] = [];
  for (const parent of parents) {
    const faults = parentFaults(parent, terms, depth);
    // Eight is far beyond any PKI in use; a loop of cross-signed CAs ends here.
    const above = faults.length > 0 || depth > 8 ? faults : climb(parent, intermediates, roots, terms, depth + 1);
    if (above.length === 0 && depth <= 8) return [];
    reasons = above;
  }
  return reasons.length ? reasons : [nobodySigned(child, [])];
};

const parentFaults = (parent: Certificate, { now, purpose }: ChainTerms, below: number): readonly ChainReason[] => {
  const faults = [...datesOf(parent, now)];
  const may = parent.isCa && parent.signs !== false && (parent.pathLength ?? Number.POSITIVE_INFINITY) >= below;
  if (!may)
    faults.push({
      code: 'issuer-may-not-sign',
      says: `${nameOf(parent)} ${parent.isCa ? 'may not sign here (key usage or path length)' : 'is not a CA'}`,
    });
  if (!suits(parent, purpose))
    faults.push({ code: 'wrong-usage', says: `${nameOf(parent)} may not sign for ${purpose}` });
  return faults;
};

const nobodySigned = (child: Certificate, named: readonly Certificate[]): ChainReason =>
  named.length > 0
    ? {
        code: 'same-name-other-key',
        says:
          `${nameOf(child)} names ${child.issuer} as its issuer, but that CA's key did not sign it: another CA of ` +
          'the same name did',
      }
    : {
        code: 'unknown-issuer',
        says: `${nameOf(child)} was signed by ${child.issuer || 'nobody'}, which is not among the trusted CAs`,
      };

const datesOf = (certificate: Certificate, now: Date): readonly ChainReason[] => {
  const at = now.toISOString();
  if (new Date(certificate.notAfter) < now)
    return [{ code: 'expired', says: `${nameOf(certificate)} expired on ${certificate.notAfter}; it is ${at}` }];
  if (new Date(certificate.notBefore) > now)
    return [
      { code: 'not-yet-valid', says: `${nameOf(certificate)} is valid from ${certificate.notBefore}; it is ${at}` },
    ];
  return [];
};

const suits = ({ usages }: Certificate, purpose: ChainTerms['purpose']): boolean =>
  purpose === 'any' || usages.length === 0 || usages.includes(purpose) || usages.includes('any');

const nameOf = (certificate: Certificate): string => certificate.subject || `certificate ${certificate.serial}`;

const signatureOf = (child: Certificate, authority: Certificate): boolean => {
  try {
    return verifySignature(Buffer.from(child.pem.replace(/-----[^-]*-----/g, ''), 'base64'), keyOf(authority));
  } catch {
    return false; // A key or signature of a kind that OpenSSL does not know verifies nothing.
  }
};

/** The usual algorithms without an X509Certificate: its construction costs twice the signature. */
const verifySignature = (der: Buffer, key: KeyObject): boolean => {
  const [tbs, algorithm, signature] = children(der, tlvAt(der, 0, der.length));
  const oid = algorithm && children(der, algorithm)[0];
  if (!tbs || !oid || !signature) return false;
  const known = algorithms[hexOf(der, oid)];
  if (!known) return new X509Certificate(der).verify(key);
  // The first content byte of a BIT STRING counts its unused bits: none.
  return (
    known.key === key.asymmetricKeyType &&
    verify(known.digest, der.subarray(tbs.start, tbs.to), key, der.subarray(signature.from + 1, signature.to))
  );
};

const algorithms: Readonly<Record<string, { readonly key: 'ec' | 'rsa'; readonly digest: string }>> = {
  '2a8648ce3d040302': { key: 'ec', digest: 'sha256' },
  '2a8648ce3d040303': { key: 'ec', digest: 'sha384' },
  '2a8648ce3d040304': { key: 'ec', digest: 'sha512' },
  '2a864886f70d01010b': { key: 'rsa', digest: 'sha256' },
  '2a864886f70d01010c': { key: 'rsa', digest: 'sha384' },
  '2a864886f70d01010d': { key: 'rsa', digest: 'sha512' },
};

// One CA signs thousands: its key is parsed once.
const keys = new WeakMap<Certificate, KeyObject>();
const keyOf = (authority: Certificate): KeyObject => {
  const known = keys.get(authority) ?? createPublicKey(authority.pem);
  keys.set(authority, known);
  return known;
};
