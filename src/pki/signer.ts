/** Of a file with several CAs, which is what is trusted while one is exchanged, the one whose key is at hand. */
import type { Certificate } from './certificate.js';
import { keyMatches } from './key.js';
import { readCertificates } from './read.js';

export interface Signer {
  readonly certificate: Certificate;
  readonly keyPem: string;
}

/** The first of them that some key belongs to; undefined: none. */
export const signerIn = (trustPem: string, keys: readonly string[]): Signer | undefined => {
  for (const certificate of readCertificates(trustPem).certificates) {
    const keyPem = keys.find(key => keyMatches(certificate.pem, key));
    if (keyPem !== undefined) return { certificate, keyPem };
  }
  return undefined;
};
