import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/pki/certificate.js';
import { isSignedBy, verifyChain } from '../../src/pki/chain.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { keyMatches, serviceAccountKey, spkiOfKey } from '../../src/pki/key.js';
import { readOwnAuthority } from '../../src/pki/owner.js';
import { readCertificates } from '../../src/pki/read.js';
import { hasOpenssl, openssl, ownersPki, request } from './made.js';

// A minute ahead: openssl makes its certificates valid from its own second on.
const now = new Date(Date.now() + 60_000);
const one = (pem: string): Certificate => {
  const [first] = readCertificates(pem).certificates;
  if (!first) throw new Error('no certificate');
  return first;
};

describe.each(['ecdsa-p256', 'rsa-2048'] as const)('%s', algorithm => {
  let ca: Pair;
  let server: Pair;
  let client: Pair;
  beforeAll(async () => {
    ca = await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm, now });
    server = await issueCertificate(ca, request(), { algorithm, now });
    client = await issueCertificate(
      ca,
      request({ commonName: 'system:node:a', organizations: ['system:nodes', 'second'], sans: [], usages: ['client'] }),
      { algorithm, now },
    );
  });

  test('says what was asked for', () => {
    const leaf = one(server.certPem);
    expect(leaf).toMatchObject({
      subject: 'CN=kube-apiserver',
      issuer: 'CN=kubernetes-ca',
      isCa: false,
      signs: false,
      usages: ['server'],
      names: ['kubernetes.default.svc', 'localhost'],
      ips: ['127.0.0.1', '10.96.0.1', 'fd00::1'],
      authorityKeyId: one(ca.certPem).subjectKeyId,
    });
    expect(one(client.certPem)).toMatchObject({
      commonName: 'system:node:a',
      organizations: ['system:nodes', 'second'],
      usages: ['client'],
    });
    expect(one(ca.certPem)).toMatchObject({ isCa: true, signs: true, pathLength: 0 });
    expect(now.getTime() - new Date(leaf.notBefore).getTime()).toBeGreaterThanOrEqual(5 * 60_000);
  });

  test.skipIf(!hasOpenssl)('openssl verifies both, each for its purpose only', () => {
    const files = { ca: ca.certPem, server: server.certPem, client: client.certPem };
    expect(openssl(files, 'verify', '-x509_strict', '-CAfile', 'ca', '-purpose', 'sslserver', 'server')).toBe(
      'server: OK\n',
    );
    expect(openssl(files, 'verify', '-x509_strict', '-CAfile', 'ca', '-purpose', 'sslclient', 'client')).toBe(
      'client: OK\n',
    );
    expect(() => openssl(files, 'verify', '-CAfile', 'ca', '-purpose', 'sslserver', 'client')).toThrow();
    expect(openssl(files, 'x509', '-in', 'server', '-noout', '-ext', 'subjectAltName')).toContain(
      'DNS:kubernetes.default.svc, DNS:localhost, IP Address:127.0.0.1, IP Address:10.96.0.1, IP ' +
        'Address:FD00:0:0:0:0:0:0:1',
    );
  });

  test('a TLS handshake with both ends verified', async () => {
    const listener = createServer(
      { cert: server.certPem, key: server.keyPem, ca: ca.certPem, requestCert: true, rejectUnauthorized: true },
      socket => {
        socket.end(JSON.stringify(socket.getPeerCertificate().subject));
      },
    ).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const socket: TLSSocket = connect({
      port: (listener.address() as AddressInfo).port,
      host: '127.0.0.1',
      servername: 'kubernetes.default.svc',
      ca: ca.certPem,
      cert: client.certPem,
      key: client.keyPem,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    listener.close();
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
      CN: 'system:node:a',
      O: ['system:nodes', 'second'],
    });
  });

  test('keys fit their certificates, and no other', () => {
    expect(keyMatches(server.certPem, server.keyPem)).toBe(true);
    expect(keyMatches(server.certPem, client.keyPem)).toBe(false);
    expect(spkiOfKey(server.keyPem)).toBe(one(server.certPem).spkiSha256);
    expect(server.keyPem).toMatch(
      algorithm === 'rsa-2048' ? /^-----BEGIN RSA PRIVATE KEY-----/ : /^-----BEGIN EC PRIVATE KEY-----/,
    );
  });

  test('the chain says why it does not verify', async () => {
    const [leaf, root] = [one(server.certPem), one(ca.certPem)];
    const codes = (roots: readonly Certificate[], purpose: 'server' | 'client', at = now) =>
      verifyChain(leaf, [], roots, { now: at, purpose }).map(reason => reason.code);
    expect(codes([root], 'server')).toEqual([]);
    expect(codes([root], 'client')).toEqual(['wrong-usage']);
    expect(codes([root], 'server', new Date(now.getTime() + 400 * 86_400_000))).toEqual(['expired']);
    expect(codes([root], 'server', new Date(now.getTime() - 86_400_000))).toEqual(['not-yet-valid', 'not-yet-valid']);
    expect(codes([], 'server')).toEqual(['unknown-issuer']);
    expect(
      codes([one((await createAuthority({ commonName: 'other', days: 9, algorithm, now })).certPem)], 'server'),
    ).toEqual(['unknown-issuer']);
    expect(
      codes([one((await createAuthority({ commonName: 'kubernetes-ca', days: 9, algorithm, now })).certPem)], 'server'),
    ).toEqual(['same-name-other-key']);
    expect(
      verifyChain(one((await issueCertificate(server, request(), { algorithm, now })).certPem), [leaf], [root], {
        now,
        purpose: 'server',
      }).map(reason => reason.code),
    ).toEqual(['issuer-may-not-sign']);
  });

  test('no certificate outlives its CA', async () => {
    const short = await createAuthority({ commonName: 'short', days: 10, algorithm, now });
    const leaf = await issueCertificate(short, request({ days: 365 }), { algorithm, now });
    expect(one(leaf.certPem).notAfter).toBe(one(short.certPem).notAfter);
  });

  test.skipIf(!hasOpenssl)("an owner's intermediate signs, with its root or without it", async () => {
    const { root, intermediate, key } = ownersPki();
    const own = readOwnAuthority({ text: intermediate + root, file: 'ca.pem' }, { text: key, file: 'ca.key' }, now);
    if (!own.ok) throw new Error(JSON.stringify(own.problems));
    expect(readCertificates(own.value.certPem).certificates).toHaveLength(1);
    expect(own.value.chainPem).toBe(own.value.certPem);
    const leaf = await issueCertificate(own.value, request(), { algorithm, now });
    const files = { root, mid: own.value.chainPem, leaf: leaf.certPem };
    expect(openssl(files, 'verify', '-CAfile', 'root', '-untrusted', 'mid', '-purpose', 'sslserver', 'leaf')).toBe(
      'leaf: OK\n',
    );
    expect(openssl(files, 'verify', '-partial_chain', '-CAfile', 'mid', '-purpose', 'sslserver', 'leaf')).toBe(
      'leaf: OK\n',
    );
    expect(isSignedBy(one(leaf.certPem), one(intermediate))).toBe(true);
    expect(verifyChain(one(leaf.certPem), [one(intermediate)], [one(root)], { now, purpose: 'server' })).toEqual([]);
    expect(verifyChain(one(leaf.certPem), [], [one(intermediate)], { now, purpose: 'server' })).toEqual([]);
    expect(
      verifyChain(one(leaf.certPem), [], [one(root)], { now, purpose: 'server' }).map(reason => reason.code),
    ).toEqual(['unknown-issuer']);
  });
});

test.skipIf(!hasOpenssl)("an owner's mistakes are named", () => {
  const { root, intermediate, key } = ownersPki();
  const codes = (cert: string, keyText: string, at = now) => {
    const read = readOwnAuthority({ text: cert, file: 'ca.pem' }, { text: keyText, file: 'ca.key' }, at);
    return read.ok ? [] : read.problems.map(problem => problem.code);
  };
  expect(codes(root + intermediate, key)).toEqual(['key-mismatch']);
  expect(codes(key, intermediate)).toEqual(['key-instead-of-certificate']);
  expect(codes(intermediate, intermediate)).toEqual(['no-key']);
  expect(codes(intermediate, key, new Date('2099-01-01'))).toEqual(['ca-expired']);
  expect(codes(intermediate, key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))).toEqual(['key-encrypted']);
});

test.each([
  ['rsa-2048', 'RSA'],
  ['ecdsa-p256', 'EC'],
] as const)('service-account key %s', async (algorithm, word) => {
  const pair = await serviceAccountKey(algorithm);
  expect(pair.privatePem).toMatch(new RegExp(`^-----BEGIN ${word} PRIVATE KEY-----\n`));
  expect(pair.publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  expect(spkiOfKey(pair.privatePem)).toBe(spkiOfKey(pair.publicPem));
});

test('one changed byte of what was signed, or of the signature, does not verify', async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 10, algorithm: 'ecdsa-p256', now });
  const leaf = one((await issueCertificate(ca, request(), { algorithm: 'ecdsa-p256', now })).certPem);
  const root = one(ca.certPem);
  const der = Buffer.from(leaf.pem.split('\n').slice(1, -2).join(''), 'base64');
  expect(isSignedBy(leaf, root)).toBe(true);
  for (const at of [30, 200, der.length - 1]) {
    const other = Buffer.from(der);
    other[at] = (other[at] ?? 0) ^ 1;
    expect(
      isSignedBy(
        { ...leaf, pem: `-----BEGIN CERTIFICATE-----\n${other.toString('base64')}\n-----END CERTIFICATE-----\n` },
        root,
      ),
    ).toBe(false);
  }
});
