import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { keyMatches, spkiOfKey } from '../../src/pki/key.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import { readOwn } from '../../src/pki/read-own-kubeconfig.js';
import { keyOfKubeconfig, readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { readCertificates } from '../../src/pki/read.js';
import { now, request } from './made.js';

let ca: Pair;
let leaf: Pair;
const config = () =>
  writeKubeconfig({
    server: 'https://10.0.0.1:6443',
    cluster: 'demo',
    user: 'admin',
    caPem: ca.certPem,
    certPem: leaf.certPem,
    keyPem: leaf.keyPem,
  });
beforeAll(async () => {
  ca = await createAuthority({ commonName: 'ca', days: 100, algorithm: 'ecdsa-p256', now });
  leaf = await issueCertificate(ca, request(), { algorithm: 'ecdsa-p256', now });
});

describe('certificates: what is wrong is named, with its line', () => {
  const findings = (text: string) =>
    readCertificates(text, 'f').problems.map(one => `${one.at?.line} ${one.code} ${one.severity}`);
  test('nothing wrong', () => {
    expect(findings(leaf.certPem)).toEqual([]);
    expect(findings(`Certificate:\n  Data: as openssl x509 -text writes it\n${leaf.certPem}`)).toEqual([]);
    expect(findings(leaf.certPem.replaceAll('\n', '\r\n'))).toEqual([]);
    expect(findings(leaf.keyPem + leaf.certPem)).toEqual([]);
    expect(readCertificates(leaf.certPem + ca.certPem).certificates).toHaveLength(2);
  });
  test.each<[string, () => string, string[]]>([
    ['nothing', () => '', ['1 no-pem error']],
    ['words', () => 'hello\n', ['1 no-pem error']],
    ['indented', () => leaf.certPem.replace(/^/gm, '  '), ['1 no-pem error']],
    ['encoded twice', () => Buffer.from(leaf.certPem).toString('base64'), ['1 no-pem error']],
    ['a key', () => leaf.keyPem, ['1 key-instead-of-certificate error']],
    ['a letter that is not a base64', () => leaf.certPem.replace(/^(.*\n.*\n)./, '$1!'), ['3 broken-base64 error']],
    ['a letter lost', () => leaf.certPem.replace(/\n./, '\n'), ['1 broken-base64 error']],
    ['a line lost', () => leaf.certPem.replace(/\n.*\n/, '\n'), ['1 not-a-certificate error']],
    ['cut off', () => leaf.certPem.slice(0, 300), ['1 unclosed-pem error']],
    ['junk behind', () => `${leaf.certPem}oops\n`, [`${12} trailing-junk warning`]],
    ['leaf behind its CA', () => ca.certPem + leaf.certPem, ['1 chain-order warning']],
  ])('%s', (_, text, expected) => {
    const found = findings(text());
    expect(found.map(one => one.replace(/^\d+ (trailing)/, '12 $1'))).toEqual(expected);
  });
  test('what can be read is read all the same', () => {
    expect(
      readCertificates(`${leaf.certPem.slice(0, 300)}\n${ca.certPem}`).certificates.map(one => one.commonName),
    ).toEqual(['ca']);
  });
});

describe('kubeconfigs', () => {
  test('written and read back, without the key', () => {
    const { value, problems } = readKubeconfig(config());
    expect(problems).toEqual([]);
    expect(value).toEqual({
      context: 'admin@demo',
      cluster: 'demo',
      user: 'admin',
      server: 'https://10.0.0.1:6443',
      insecure: false,
      caPem: ca.certPem,
      certPem: leaf.certPem,
      key: { in: 'text' },
      token: { in: 'nowhere' },
      clusters: ['demo'],
      contexts: ['admin@demo'],
      users: ['admin'],
    });
    expect(keyOfKubeconfig(config())).toBe(leaf.keyPem);
  });
  test.each<[string, () => string, string]>([
    ['not YAML', () => 'a: [\nb', 'not-yaml'],
    ['a list', () => '- 1', 'not-a-kubeconfig'],
    ['another kind', () => 'kind: Pod\nclusters: []', 'not-a-kubeconfig'],
    ['no current context', () => config().replace(/current-context.*/, ''), '1 no-current-context'],
    [
      'a context that is not there',
      () => config().replace(/current-context.*/, 'current-context: x'),
      'unknown-context',
    ],
    ['a user that is not there', () => config().replace('user: admin\n', 'user: x\n'), 'unknown-user'],
    ['a cluster that is not there', () => config().replace('cluster: demo\n', 'cluster: x\n'), 'unknown-cluster'],
    ['a server that is not a URL', () => config().replace('https://', ''), '7 bad-server'],
    ['broken base64', () => config().replace(/(client-certificate-data: )..../, '$1a.b.'), 'broken-base64'],
    [
      'a key for a certificate',
      () => config().replace(/(client-certificate-data: ).*/, `$1${Buffer.from(leaf.keyPem).toString('base64')}`),
      'key-instead-of-certificate',
    ],
    ['no PEM', () => config().replace(/(certificate-authority-data: ).*/, '$1aGVsbG8='), 'no-pem'],
    [
      'no credential',
      () =>
        config()
          .replace(/^ *client-.*\n/gm, '')
          .replace(/user:\s*$/, 'user: {}'),
      'no-credential',
    ],
  ])('%s', (_, text, expected) => {
    const found = readKubeconfig(text()).problems.map(one => `${one.at?.line} ${one.code}`);
    expect(found.join('\n')).toContain(expected);
  });
  test('a key where the certificate should be does not come along', () => {
    const swapped = config().replace(
      /(client-certificate-data: ).*/,
      `$1${Buffer.from(leaf.keyPem + leaf.certPem).toString('base64')}`,
    );
    expect(secretsIn(readKubeconfig(swapped))).toEqual([]);
    expect(readKubeconfig(swapped).value?.certPem).toBe(leaf.certPem);
  });
});

describe('laws', () => {
  const damaged = (text: () => string) =>
    fc
      .tuple(fc.nat(4000), fc.nat(200), fc.string({ unit: 'binary', maxLength: 40 }))
      .map(
        ([at, cut, insert]) => text().slice(0, at % text().length) + insert + text().slice((at % text().length) + cut),
      );
  test('no text makes a reader throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 300 }),
          damaged(() => leaf.certPem + ca.certPem),
          damaged(config),
        ),
        text => {
          readCertificates(text);
          readKubeconfig(text);
          keyOfKubeconfig(text);
          keyMatches(text, text);
          spkiOfKey(text);
        },
      ),
      { numRuns: 300 },
    );
  });
  test('the short way reads what the YAML reader reads, or leaves it to that one', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'true',
        'null',
        'no',
        'x:y',
        'system:node:a',
        'a-1',
        '0x1',
        '1e3',
        'a b',
        '~',
        '-',
        'a: b',
        "it's",
      ),
      fc.string({ maxLength: 6 }),
    );
    expect(readOwn(config())).toBeDefined();
    fc.assert(
      fc.property(
        word,
        word,
        fc.constantFrom('https://10.0.0.1:6443', 'https://[fd00::1]:6443', 'x'),
        (cluster, user, server) => {
          const text = writeKubeconfig({
            server,
            cluster,
            user,
            caPem: ca.certPem,
            certPem: leaf.certPem,
            keyPem: leaf.keyPem,
          });
          const short = readOwn(text);
          if (short) expect(readKubeconfig(`# the long way\n${text}`)).toEqual({ value: short, problems: [] });
          expect(readKubeconfig(text).value?.user ?? '').toBe(user);
        },
      ),
      { numRuns: 300 },
    );
  });
  test('no bytes in a certificate block make a reader throw', () => {
    const der = Buffer.from(leaf.certPem.split('\n').slice(1, -2).join(''), 'base64');
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.uint8Array({ maxLength: 4 }), (at, bytes) => {
        const other = Buffer.from(der);
        other.set(bytes.slice(0, other.length - at), at);
        readCertificates(`-----BEGIN CERTIFICATE-----\n${other.toString('base64')}\n-----END CERTIFICATE-----\n`);
      }),
      { numRuns: 2000 },
    );
  });
  test('no key in anything a reader returns, however damaged the text', () => {
    fc.assert(
      fc.property(
        damaged(() => leaf.keyPem + leaf.certPem),
        damaged(config),
        (pem, kubeconfig) => {
          expect(secretsIn([readCertificates(pem), readKubeconfig(kubeconfig)])).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Any 24 characters in a row of the key's private half (the first bytes of SEC1), as PEM or as base64 of it. */
const secretsIn = (value: unknown): string[] => {
  const text = JSON.stringify(value);
  const body = leaf.keyPem.split('\n')[1]?.slice(10, 52) ?? '';
  const twice = Buffer.from(leaf.keyPem).toString('base64').slice(44, 108);
  return [body, twice].flatMap(secret =>
    Array.from({ length: secret.length - 24 }, (_, at) => secret.slice(at, at + 24)).filter(piece =>
      text.includes(piece),
    ),
  );
};
