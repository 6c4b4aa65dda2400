/** An owner's own CA: is it one that can sign for this cluster? */
import { createPrivateKey } from 'node:crypto';
import type { Checked, Diagnostic } from '../model/diagnostic.js';
import type { Certificate } from './certificate.js';
import { keyMatches, privatePemOf } from './key.js';
import { readCertificates } from './read.js';

export interface OwnAuthority {
  /** The one that signs, alone: what hosts trust. The controller manager refuses a signer's file with two of them. */
  readonly certPem: string;
  readonly keyPem: string;
  /** What a client that trusts only the owner's root must be sent behind a leaf; '' where the CA is a root. */
  readonly chainPem: string;
}

/** `cert`, `key`: texts and the names of their files for problems. First in `cert.text`: the one that signs. */
export const readOwnAuthority = (
  cert: { readonly text: string; readonly file: string },
  key: { readonly text: string; readonly file: string },
  now: Date,
): Checked<OwnAuthority> => {
  const { certificates, problems } = readCertificates(cert.text, cert.file);
  const signer = certificates[0];
  const errors = problems.filter(one => one.severity === 'error');
  if (!signer || errors.length > 0) return { ok: false, problems: errors };
  const faults = [...signerFaults(signer, cert.file, now), ...keyFaults(signer, key)];
  if (faults.length > 0) return { ok: false, problems: faults };
  const warnings = problems.filter(one => one.severity === 'warning');
  const chainPem = intermediatesIn(cert.text);
  return {
    ok: true,
    warnings,
    value: { certPem: signer.pem, keyPem: privatePemOf(createPrivateKey(key.text)), chainPem },
  };
};

/** Of a chain all but the root, which whoever verifies must have by himself. */
export const intermediatesIn = (text: string): string =>
  readCertificates(text)
    .certificates.filter(one => one.subjectDer !== one.issuerDer)
    .map(one => one.pem)
    .join('');

const signerFaults = (signer: Certificate, file: string, now: Date): readonly Diagnostic[] => [
  ...(signer.isCa && signer.signs !== false
    ? []
    : [
        fault(
          'not-a-ca',
          `${signer.subject} may not sign certificates (basic constraints, key usage)`,
          file,
          'give the CA that shall sign, first in the file',
        ),
      ]),
  ...(new Date(signer.notAfter) > now
    ? []
    : [fault('ca-expired', `${signer.subject} expired on ${signer.notAfter}`, file, 'give a CA that is valid')]),
  ...(new Date(signer.notBefore) <= now
    ? []
    : [
        fault(
          'ca-not-yet-valid',
          `${signer.subject} is valid only from ${signer.notBefore} on`,
          file,
          'is the clock of this machine right?',
        ),
      ]),
];

const keyFaults = (
  signer: Certificate,
  key: { readonly text: string; readonly file: string },
): readonly Diagnostic[] => {
  if (/ENCRYPTED/.test(key.text))
    return [
      fault('key-encrypted', 'the key is encrypted', key.file, 'decrypt it first: openssl pkey -in KEY -out PLAIN'),
    ];
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key.text))
    return [fault('no-key', 'there is no private key in it', key.file, 'are certificate and key swapped?')];
  if (!keyMatches(signer.pem, key.text))
    return [
      fault(
        'key-mismatch',
        `the key does not belong to ${signer.subject}, the first certificate`,
        key.file,
        'put the certificate of this key first',
      ),
    ];
  const type = createPrivateKey(key.text).asymmetricKeyType;
  return type === 'rsa' || type === 'ec'
    ? []
    : [
        fault(
          'key-type',
          `a key of type ${type} cannot sign here`,
          key.file,
          'give an RSA or EC key (P-256, P-384, P-521)',
        ),
      ];
};

const fault = (code: string, says: string, file: string, help: string): Diagnostic => ({
  code,
  severity: 'error',
  says,
  help,
  at: { file, line: 1, column: 1 },
});
