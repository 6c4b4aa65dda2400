/** Pieces of evidence as a finding shows them. */
import type { Certificate } from '../../pki/certificate.js';
import type { Evidence } from '../../model/fact.js';
import type { Shown } from '../examine/verdict.js';

/** `text` about something in a section of a chart: where and when it was seen comes from the section. */
export const shown = (evidence: Evidence, source: string, text: string): Shown => ({
  host: evidence.host,
  source,
  at: evidence.at,
  text,
});

/** `CN=kube-apiserver, signed by CN=kubernetes (CA key 3f2a…), valid 2026-… to 2027-…`. */
export const certificateText = (one: Certificate): string =>
  `${one.subject || '(no subject)'}, signed by ` +
  `${one.issuer || 'nobody'}${one.authorityKeyId ? ` (key id ${one.authorityKeyId.slice(0, 12)})` : ''}, valid ` +
  `${day(one.notBefore)} to ${day(one.notAfter)}`;

/** Short name of a CA: two CAs of the same name differ here. */
export const authorityText = (one: Certificate): string => `${one.subject} (sha256 ${one.fingerprint.slice(0, 12)})`;

export const day = (iso: string): string => iso.slice(0, 16).replace('T', ' ');
