/** PEM text → certificates, with everything that is wrong with it named; never throws. */
import type { Diagnostic } from '../model/diagnostic.js';
import { type Certificate, parseCertificate } from './certificate.js';
import { type PemBlock, readPem } from './pem.js';

export interface CertificatesRead {
  /** All that could be read, in the order of the file. */
  readonly certificates: readonly Certificate[];
  /** Errors: a verifier refuses the file or misses a part of it. Codes: no-pem, unclosed-pem, broken-base64,
   * not-a-certificate, key-instead-of-certificate; warnings: chain-order, trailing-junk. */
  readonly problems: readonly Diagnostic[];
}

/** `file` names the text in problems. */
export const readCertificates = (text: string, file = 'certificate'): CertificatesRead => {
  const key = `${file}\n${text}`;
  const known = recent.get(key) ?? readAgain(text, file);
  if (recent.size >= 64) recent.clear();
  recent.set(key, known);
  return known;
};

// The CA's text comes back with every host's answer. Few at a time: a plan of thousands of hosts must not keep them
// all.
const recent = new Map<string, CertificatesRead>();

const readAgain = (text: string, file: string): CertificatesRead => {
  const { blocks, problems: unreadable } = readPem(text, file);
  const problems: Diagnostic[] = [...unreadable];
  const certificates: Certificate[] = [];
  for (const block of blocks.filter(one => one.label === 'CERTIFICATE')) {
    try {
      certificates.push(parseCertificate(block.der));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(
        problem('not-a-certificate', `this is base64, but no certificate: ${error.message}`, file, block.line),
      );
    }
  }
  if (!blocks.some(one => one.label === 'CERTIFICATE'))
    problems.push(...blocks.slice(0, 1).map(block => mistaken(block, file)));
  const order = outOfOrder(certificates);
  if (order)
    problems.push({
      ...problem('chain-order', order, file, 1),
      severity: 'warning',
      help: 'write the leaf first, then the CA that signed it, and so on',
    });
  return { certificates, problems };
};

/**
 * SHA-256 of the public keys of all certificates in a text, lower-case hex. A CA is its key: one that was signed anew
 * at its end has another fingerprint.
 */
export const certifiedKeysIn = (text: string): readonly string[] =>
  readCertificates(text).certificates.map(one => one.spkiSha256);

/** The errors in one sentence, or undefined. */
export const unreadable = ({ certificates, problems }: CertificatesRead): string | undefined => {
  const errors = problems.filter(one => one.severity === 'error');
  if (errors.length === 0) return certificates.length > 0 ? undefined : 'no certificate in it';
  return errors.map(one => `line ${one.at?.line ?? 1}: ${one.says}`).join('; ');
};

const mistaken = ({ label, line }: PemBlock, file: string): Diagnostic =>
  label.includes('PRIVATE KEY')
    ? {
        ...problem(
          'key-instead-of-certificate',
          `a private key (${label}) stands where a certificate is expected`,
          file,
          line,
        ),
        help: 'are certificate and key swapped?',
      }
    : problem('not-a-certificate', `${JSON.stringify(label)} stands where a certificate is expected`, file, line);

const outOfOrder = (certificates: readonly Certificate[]): string | undefined => {
  const [first, second] = certificates;
  if (!first || !second) return undefined;
  const leaf = certificates.findIndex(one => !one.isCa);
  if (first.isCa && leaf > 0)
    return `the leaf certificate (${certificates[leaf]?.subject}) stands at place ${leaf + 1}, behind a CA`;
  const issuer = certificates.findIndex(one => one !== first && one.subjectDer === first.issuerDer);
  if (!first.isCa && issuer > 1)
    return `the issuer of the leaf stands at place ${issuer + 1}, behind ${second.subject}`;
  return undefined;
};

const problem = (code: string, says: string, file: string, line: number): Diagnostic => ({
  code,
  severity: 'error',
  says,
  at: { file, line, column: 1 },
});
