/** A certificate that somebody wants to be signed now is judged by when it was signed. */
import { expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { answerOf, unanswered } from '../../src/pki/request.js';

test('a certificate that was signed before it was asked for is no answer, and one that was signed then is', async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 10, algorithm: 'ecdsa-p256', now: new Date(0) });
  const request = { ca: 'ca', commonName: 'a', organizations: [], sans: [], usages: ['client' as const], days: 5 };
  const at = (seconds: number, ms = 0): Date => new Date(86_400_000 + seconds * 1000 + ms);
  const { certPem } = await issueCertificate(ca, request, { algorithm: 'ecdsa-p256', now: at(0) });
  const [leaf] = readCertificates(certPem).certificates;
  if (!leaf) throw new Error('nothing was issued');
  const fields = (since?: Date) =>
    unanswered({ ...request, ...(since && { since: since.toISOString() }) }, answerOf(leaf, ca.certPem), at(60)).map(
      ({ field }) => field,
    );
  expect(fields()).toEqual([]);
  expect(fields(at(0, 999)), 'certificates know whole seconds').toEqual([]);
  expect(fields(at(1))).toEqual(['notBefore']);
});
