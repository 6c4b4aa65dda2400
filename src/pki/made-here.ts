/** How Kubewizard made a CA, read off its certificate. */
import { X509Certificate } from 'node:crypto';
import type { KeyAlgorithm } from '../model/cluster.js';
import { parseCertificate } from './certificate.js';

/** What the clusters' own CA is called; kubeadm's is `kubernetes`. */
export const ownAuthorityName = 'kubernetes-ca';

/** undefined: not one that Kubewizard made, or no certificate. `pem` may lack its line breaks. */
export const authorityOf = (pem: string): { readonly algorithm: KeyAlgorithm; readonly days: number } | undefined => {
  const [, body] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem) ?? [];
  if (body === undefined) return undefined;
  try {
    const der = Buffer.from(body, 'base64');
    const { commonName, subjectDer, issuerDer, notBefore, notAfter } = parseCertificate(der);
    if (commonName !== ownAuthorityName || subjectDer !== issuerDer) return undefined;
    const algorithm = algorithmOf(new X509Certificate(der));
    const days = Math.round((Date.parse(notAfter) - Date.parse(notBefore)) / 86_400_000);
    return algorithm ? { algorithm, days } : undefined;
  } catch {
    return undefined;
  }
};

const algorithmOf = ({ publicKey: { asymmetricKeyType, asymmetricKeyDetails } }: X509Certificate) =>
  asymmetricKeyType === 'ec'
    ? 'ecdsa-p256'
    : asymmetricKeyType === 'rsa'
      ? asymmetricKeyDetails?.modulusLength === 4096
        ? 'rsa-4096'
        : 'rsa-2048'
      : undefined;
