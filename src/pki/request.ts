/**
 * Does a certificate answer a request? Semantic, not textual: extra names do no harm, another CA of the same name does.
 */
import { type CertificateRequest, type Change, changed } from '../model/resource.js';
import { type Certificate, shortest } from './certificate.js';
import { isSignedBy } from './chain.js';
import { isNearItsEnd, isRenewable, signedBefore } from './life.js';
import { readCertificates } from './read.js';

/** What counts of a certificate, with the signature already verified. */
export interface Answer {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Names and addresses, as `shortest` writes them. */
  readonly sans: readonly string[];
  readonly usages: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  /** `signed`, or who signed it instead. */
  readonly issuer: string;
  /** When the CA ends: a new certificate could not last longer. */
  readonly authorityEnds: string;
}

export const signed = 'signed by the wanted CA';

export const answerOf = (leaf: Certificate, caPem: string): Answer => {
  const authorities = readCertificates(caPem).certificates;
  const authority = authorities.find(one => isSignedBy(leaf, one));
  const namesake = authorities.some(one => one.subjectDer === leaf.issuerDer);
  return {
    commonName: leaf.commonName,
    organizations: leaf.organizations,
    usages: leaf.usages,
    sans: [...leaf.names, ...leaf.ips].map(shortest),
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    issuer: authority ? signed : namesake ? `${leaf.issuer}, but of another key` : leaf.issuer,
    authorityEnds: authority?.notAfter ?? forever,
  };
};

/** [] means: nothing to issue again. */
export const unanswered = (request: CertificateRequest, have: Answer, now: Date): readonly Change[] => {
  const changes: Change[] = [];
  const add = (field: string, from: unknown, to: unknown): void => {
    changes.push(changed(field, from, to));
  };
  if (have.issuer !== signed) add('issuer', have.issuer, signed);
  if (have.commonName !== request.commonName) add('commonName', have.commonName, request.commonName);
  // Groups must be exactly these: one more is one more right.
  if (!sameSet(have.organizations, request.organizations))
    add('organizations', have.organizations, request.organizations);
  if (!request.sans.every(name => have.sans.includes(shortest(name)))) add('sans', have.sans, request.sans);
  if (!request.usages.every(usage => have.usages.includes(usage))) add('usages', have.usages, request.usages);
  if (new Date(have.notBefore) > now) add('notBefore', have.notBefore, 'in the past');
  if (request.since !== undefined && signedBefore(have, new Date(request.since)))
    add('notBefore', have.notBefore, 'signed now');
  const over = Date.parse(have.notAfter) < now.getTime();
  if (over || (isNearItsEnd(have, now) && isRenewable(have.notAfter, have.authorityEnds)))
    add('notAfter', have.notAfter, 'further ahead');
  return changes;
};

/**
 * Stand all certificates of `chainPem` among those behind a leaf? A client that has only the root cannot verify without
 * them.
 */
export const chainedBy = (behind: readonly Certificate[], chainPem: string): boolean =>
  chainPem === '' ||
  readCertificates(chainPem).certificates.every(one => behind.some(other => other.fingerprint === one.fingerprint));

/** What a freshly issued certificate answers (law L1). */
export const idealAnswer = (request: CertificateRequest, now: Date): Answer => ({
  commonName: request.commonName,
  organizations: request.organizations,
  usages: request.usages,
  sans: request.sans.map(shortest),
  issuer: signed,
  authorityEnds: forever,
  notBefore: new Date(now.getTime() - 5 * 60_000).toISOString(),
  notAfter: new Date(now.getTime() + request.days * 86_400_000).toISOString(),
});

const forever = '9999-12-31T23:59:59.000Z';

const sameSet = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every(one => right.includes(one));
