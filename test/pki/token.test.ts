import { createHash, createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { serviceAccountKey } from '../../src/pki/key.js';
import { kidIn, kidOfPem, signedToken } from '../../src/pki/token.js';

const claims = { issuer: 'https://k', namespace: 'n', name: 'default', uid: 'u', now: 1000, seconds: 600 };

test.each(['rsa-2048', 'ecdsa-p256'] as const)('a token of %s verifies with its public half alone', async algorithm => {
  const [one, other] = await Promise.all([serviceAccountKey(algorithm), serviceAccountKey(algorithm)]);
  const token = signedToken(one.privatePem, claims);
  const [head = '', body = '', signature = ''] = token.split('.');
  const holds = (publicPem: string): boolean =>
    verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: createPublicKey(publicPem), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  expect([holds(one.publicPem), holds(other.publicPem)]).toEqual([true, false]);
  expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({
    aud: ['https://k'],
    exp: 1600,
    sub: 'system:serviceaccount:n:default',
    'kubernetes.io': { namespace: 'n', serviceaccount: { name: 'default', uid: 'u' } },
  });
  expect(kidIn(token)).toBe(kidOfPem(one.publicPem));
});

test('a key is named as Kubernetes names it: SHA-256 over its DER, base64url without padding', async () => {
  const { publicPem } = await serviceAccountKey();
  const der = createPublicKey(publicPem).export({ type: 'spki', format: 'der' });
  const kid = createHash('sha256').update(der).digest('base64').replaceAll('+', '-').replaceAll('/', '_');
  expect(kidOfPem(publicPem)).toBe(kid.replace(/=+$/, ''));
});

test('what is no token names no key', () => {
  for (const text of ['', 'a.b.c', Buffer.from('[]').toString('base64url')]) expect(kidIn(text)).toBeUndefined();
});
