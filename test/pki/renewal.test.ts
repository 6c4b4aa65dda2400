/** A CA that is signed anew by its own key: whatever the one has signed verifies against the other. */
import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isSignedBy } from '../../src/pki/chain.js';
import { createAuthority, issueCertificate, type Pair, renewAuthority } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { isDue, isSameAuthority, isYounger } from '../../src/pki/renewal.js';
import { hasOpenssl, openssl, ownersPki, request } from './made.js';

const then = new Date('2016-01-01T00:00:00Z');
const now = new Date('2026-06-01T12:00:00Z');
const read = (pem: string) => {
  const [certificate] = readCertificates(pem).certificates;
  if (!certificate) throw new Error('no certificate');
  return certificate;
};
const renewed = async (algorithm: 'ecdsa-p256' | 'rsa-2048'): Promise<readonly [Pair, Pair]> => {
  const old = await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm, now: then });
  return [old, { certPem: await renewAuthority(old, { days: 3650, now }), keyPem: old.keyPem }];
};
const leafOf = (authority: Pair, at: Date) =>
  issueCertificate(authority, request({ days: 90 }), { algorithm: 'ecdsa-p256', now: at });

describe.each(['ecdsa-p256', 'rsa-2048'] as const)('%s', algorithm => {
  test('name, key and key id are those of before, all else is new', async () => {
    const [old, next] = (await renewed(algorithm)).map(({ certPem }) => read(certPem));
    if (!old || !next) throw new Error('none');
    for (const part of [
      'subjectDer',
      'issuerDer',
      'spkiSha256',
      'subjectKeyId',
      'isCa',
      'pathLength',
      'signs',
    ] as const)
      expect(next[part], part).toBe(old[part]);
    expect(next.fingerprint).not.toBe(old.fingerprint);
    expect(next.serial).not.toBe(old.serial);
    expect(next.notAfter).toBe('2036-05-29T12:00:00.000Z');
    expect([isSameAuthority(old, next), isYounger(next, old), isYounger(old, next)]).toEqual([true, true, false]);
    expect(isSignedBy(next, old)).toBe(true);
  });

  test.runIf(hasOpenssl)('a leaf of either verifies against either', async () => {
    const [old, next] = await renewed(algorithm);
    const leaves = await Promise.all([leafOf(old, then), leafOf(next, now)]);
    for (const authority of [old, next])
      for (const leaf of leaves) {
        expect(isSignedBy(read(leaf.certPem), read(authority.certPem))).toBe(true);
        const files = { ca: authority.certPem, leaf: leaf.certPem };
        expect(openssl(files, 'verify', '-no_check_time', '-CAfile', 'ca', 'leaf')).toContain('OK');
      }
  });
});

test('who is due: near the end or past it, and never one that another CA has signed', async () => {
  const [old, next] = (await renewed('ecdsa-p256')).map(({ certPem }) => read(certPem));
  if (!old || !next) throw new Error('none');
  expect(isDue(old, new Date('2025-09-28T00:00:00Z'))).toBe(false);
  expect(isDue(old, new Date('2025-10-05T00:00:00Z'))).toBe(true);
  expect([isDue(old, now), isDue(next, now)]).toEqual([true, false]);
});

test.runIf(hasOpenssl)('an owner’s intermediate is not ours to sign', async () => {
  const { intermediate, key } = ownersPki(2);
  const [signer] = readCertificates(intermediate).certificates;
  if (!signer) throw new Error('none');
  expect(isDue(signer, new Date(Date.now() + 400 * 86_400_000))).toBe(false);
  const keyPem = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString();
  await expect(renewAuthority({ certPem: signer.pem, keyPem }, { days: 1, now })).rejects.toThrow(/signs itself/);
});
