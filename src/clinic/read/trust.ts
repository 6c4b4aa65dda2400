/** Whether a certificate is good for its place: chain, dates, usage and name. */
import type { Certificate } from '../../pki/certificate.js';
import { shortest } from '../../pki/certificate.js';
import { type ChainReason, verifyChain } from '../../pki/chain.js';
import { parseAddress } from '../../net/address.js';

/** `chain`: leaf first. [] means: it verifies. */
export const chainFaults = (
  chain: readonly Certificate[],
  roots: readonly Certificate[],
  now: string,
  purpose: 'server' | 'client' | 'any',
): readonly ChainReason[] => {
  const [leaf, ...rest] = chain;
  return leaf
    ? verifyChain(leaf, rest, roots, { now: new Date(now), purpose })
    : [{ code: 'unknown-issuer', says: 'there is no certificate' }];
};

/** Does a certificate name this host name or address? Go looks at SANs only (since 1.15), and so do we. */
export const covers = (certificate: Certificate, name: string): boolean =>
  parseAddress(name) !== undefined
    ? certificate.ips.includes(shortest(name))
    : certificate.names.some(one => matches(one.toLowerCase(), name.toLowerCase()));

const matches = (pattern: string, name: string): boolean =>
  pattern === name ||
  (pattern.startsWith('*.') && name.includes('.') && name.slice(name.indexOf('.')) === pattern.slice(1));
