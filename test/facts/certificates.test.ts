import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { certificate as certificateFact } from '../../src/facts/certificate.js';
import { kubeconfig as kubeconfigFact } from '../../src/facts/kubeconfig.js';
import { Unreadable, type Fact } from '../../src/model/fact.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import { certificateKind } from '../../src/resources/certificate.js';
import { kubeconfigKind } from '../../src/resources/kubeconfig.js';
import type { CertificateWant, KubeconfigWant } from '../../src/resources/wants.js';
import { hasOpenssl, request } from '../pki/made.js';

const now = new Date();
const day = 86_400_000;
let ca: Pair;
let other: Pair;
let leaf: Pair;
let dir = '';
const at = (name: string): string => join(dir, name);
const put = (name: string, text: string, mode = 0o600): void => {
  writeFileSync(at(name), text);
  chmodSync(at(name), mode);
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "kw it's a-"));
  const authority = () => createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now });
  [ca, other] = await Promise.all([authority(), authority()]);
  leaf = await issueCertificate(ca, request(), { algorithm: 'ecdsa-p256', now });
});

const answer = (fact: Fact<unknown>): string => {
  if (fact.question.ask !== 'host') throw new Error('no script');
  return execFileSync('sh', ['-c', fact.question.script], { encoding: 'utf8' });
};
const ask = <T>(fact: Fact<T>): T => fact.parse(answer(fact));
/** Pieces of the private half of a SEC1 key (its first bytes), also encoded once more. */
const keyPieces = (): string[] => {
  const twice = Buffer.from(leaf.keyPem).toString('base64').slice(44, 108);
  return [leaf.keyPem.split('\n')[1]?.slice(10, 52) ?? '', twice].flatMap(text =>
    [0, 8, 16].map(from => text.slice(from, from + 20)),
  );
};
const leaks = (text: string): string[] => keyPieces().filter(piece => text.includes(piece));

describe('the certificate fact, on real files', () => {
  const fact = () => certificateFact(at('c.crt'), at('c.key'));
  test('absent', () => {
    for (const name of ['c.crt', 'c.key']) rmSync(at(name), { force: true });
    expect(ask(fact())).toEqual({ state: 'absent', key: { state: 'absent' } });
  });
  test.skipIf(!hasOpenssl)('present, the key known by its public half', () => {
    put('c.crt', leaf.certPem, 0o644);
    put('c.key', leaf.keyPem);
    const seen = ask(fact());
    expect(seen).toMatchObject({
      state: 'present',
      problems: [],
      certificates: [{ commonName: 'kube-apiserver' }],
      key: { state: 'present', mode: 0o600 },
    });
    if (seen.state !== 'present' || seen.key?.state !== 'present') throw new Error('not present');
    expect(seen.key.spkiSha256).toBe(seen.certificates[0]?.spkiSha256);
    put('c.key', 'junk');
    expect(ask(fact())).toMatchObject({ key: { broken: true } });
  });
  test.each<[string, () => string, string]>([
    ['indented', () => leaf.certPem.replace(/^/gm, '  '), 'no-pem'],
    ['a key', () => leaf.keyPem, 'key-instead-of-certificate'],
    ['broken base64', () => leaf.certPem.replace('\nMII', '\n?II'), 'broken-base64'],
    ['cut off', () => leaf.certPem.slice(0, 200), 'unclosed-pem'],
    ['junk behind', () => `${leaf.certPem}\njunk\n`, 'trailing-junk'],
    ['bytes', () => '\u0000\u0001\u001b[31m', 'no-pem'],
  ])('%s', (_, text, code) => {
    put('c.crt', text());
    const seen = ask(fact());
    expect(seen.state === 'present' && seen.problems.map(one => one.code)).toContain(code);
  });
  test('a directory, and a link to nothing, are no absence', () => {
    expect(ask(certificateFact(dir))).toMatchObject({ state: 'present', problems: [{ code: 'no-pem' }] });
    symlinkSync('/nowhere', at('dangling'));
    expect(ask(certificateFact(at('dangling')))).toMatchObject({ state: 'present' });
  });
  test('no key leaves the host, however the file is damaged', () => {
    const texts = [
      leaf.certPem + leaf.keyPem,
      leaf.keyPem + leaf.certPem,
      leaf.keyPem.replaceAll('-----', '----'),
      leaf.keyPem.replace(/-----.*\n/, ''),
      leaf.keyPem.replaceAll('\n', ''),
      leaf.certPem.replace(/-----END.*\n/, '') + leaf.keyPem,
      leaf.certPem.replace(/-----END.*\n/, '') + leaf.keyPem.replaceAll('-----', '----'),
      leaf.keyPem.replaceAll('\n', '\r\n'),
      `  ${leaf.keyPem}`,
    ];
    for (const text of texts) {
      put('c.crt', text);
      put('c.key', text);
      expect(leaks(answer(fact()))).toEqual([]);
    }
  });
});

const configOf = (pair: Pair, caPem = ca.certPem): string =>
  writeKubeconfig({
    server: 'https://10.0.0.1:6443',
    cluster: 'demo',
    user: 'kubelet',
    caPem,
    certPem: pair.certPem,
    keyPem: pair.keyPem,
  });

describe('the kubeconfig fact, on real files', () => {
  const fact = () => kubeconfigFact(at('k.conf'));
  test('absent', () => expect(ask(kubeconfigFact(at('nothing')))).toEqual({ state: 'absent' }));
  test('of a token only a bootstrap token’s id leaves the host, however it is written', () => {
    for (const [written, bootstrap] of [
      ['abcdef.0123456789abcdef', 'abcdef'],
      ['"abcdef.0123456789abcdef"', 'abcdef'],
      ['eyJhbGci.0123456789abcdef', undefined],
      ['abcdef.0123456789abcde', undefined],
    ] as const) {
      put('t.conf', configOf(leaf).replace(/client-certificate-data: .*\n\s+client-key-data: .*/, `token: ${written}`));
      const asked = kubeconfigFact(at('t.conf'));
      expect(answer(asked)).not.toContain('0123456789');
      expect(ask(asked)).toMatchObject({ config: { token: { in: 'text', ...(bootstrap && { bootstrap }) } } });
      if (bootstrap === undefined) expect(JSON.stringify(ask(asked))).not.toContain('"bootstrap"');
    }
  });
  test.skipIf(!hasOpenssl)('embedded certificate and key', () => {
    put('k.conf', configOf(leaf));
    const seen = ask(fact());
    if (seen.state !== 'present') throw new Error('absent');
    expect(seen).toMatchObject({
      mode: 0o600,
      problems: [],
      config: { server: 'https://10.0.0.1:6443', key: { in: 'text' } },
    });
    expect(seen.keySpkiSha256).toBe(seen.certificates[0]?.spkiSha256);
    expect(leaks(answer(fact()))).toEqual([]);
  });
  test.skipIf(!hasOpenssl)('the file that the kubelet rotates, named relatively', () => {
    put('current.pem', leaf.certPem + leaf.keyPem);
    put(
      'k.conf',
      configOf(leaf)
        .replace(/client-certificate-data: .*/, 'client-certificate: current.pem')
        .replace(/client-key-data: .*/, 'client-key: current.pem'),
    );
    const seen = ask(fact());
    if (seen.state !== 'present') throw new Error('absent');
    expect(seen).toMatchObject({
      problems: [],
      config: { certPath: 'current.pem', key: { in: 'file' } },
      certificates: [{ commonName: 'kube-apiserver' }],
    });
    expect(seen.keySpkiSha256).toBe(seen.certificates[0]?.spkiSha256);
    expect(leaks(answer(fact()))).toEqual([]);
  });
  test.each<[string, (text: string) => string]>([
    ['plain', text => text],
    ['quoted', text => text.replace(/(client-key-data): (.*)/, '"$1": "$2"')],
    ['single quotes, spaces', text => text.replace(/(client-key-data): (.*)/, "'$1'  :   '$2'")],
    ['a block', text => text.replace(/( *)(client-key-data): (.*)/, '$1$2: >-\n$1  $3')],
    ['on the next line', text => text.replace(/( *)(client-key-data): (.*)/, '$1$2:\n$1  $3')],
    ['first of its list item', text => text.replace(/client-certificate-data: .*\n */, '')],
    [
      'flow',
      text =>
        text.replace(
          /user:\n *client-certificate-data: .*\n *client-key-data: (.*)/,
          'user: {client-key-data: $1, token: abcdefsecret}',
        ),
    ],
    [
      'JSON',
      text =>
        text.replace(
          /user:\n *client-certificate-data: .*\n *client-key-data: (.*)/,
          'user: {"client-key-data": "$1"}',
        ),
    ],
    ['a carriage return', text => text.replaceAll('\n', '\r\n')],
  ])('no secret leaves the host: %s', (_, change) => {
    const text = change(configOf(leaf)).replace(/\n( *)(["']?client-key-data)/, '\n$1token: abcdefsecret\n$1$2');
    put('k.conf', text);
    const output = answer(fact());
    expect(output).not.toContain('abcdefsecret');
    expect(leaks(output)).toEqual([]);
    expect(fact().parse(output)).toMatchObject({
      state: 'present',
      config: { server: 'https://10.0.0.1:6443', key: { in: 'text' } },
    });
  });
});

describe('kinds', () => {
  const kinds = { certificate: certificateKind(() => now), kubeconfig: kubeconfigKind(() => now) };
  const want = (more: Partial<CertificateWant> = {}): CertificateWant => ({
    request: request(),
    keyPath: at('w.key'),
    caPem: ca.certPem,
    chainPem: '',
    ...more,
  });
  const fields = (wanted: CertificateWant, kind = kinds.certificate): string[] =>
    kind.diff(wanted, ask(kind.read(at('w.crt'), wanted))).map(change => change.field);
  const issue = async (by = ca, more: Parameters<typeof request>[0] = {}): Promise<Pair> => {
    const made = await issueCertificate(by, request(more), { algorithm: 'ecdsa-p256', now });
    put('w.crt', made.certPem);
    put('w.key', made.keyPem);
    return made;
  };

  test('L2: what was issued is what was wanted', async () => {
    await issue();
    expect(fields(want())).toEqual([]);
  });
  test('absent', () => {
    rmSync(at('w.crt'));
    expect(fields(want())).toEqual(['certificate']);
  });
  test('unreadable', () => {
    put('w.crt', 'junk');
    expect(fields(want())).toEqual(['certificate']);
  });
  test('another CA of the same name', async () => {
    await issue(other);
    expect(fields(want())).toEqual(['issuer']);
  });
  test('another name', async () => {
    await issue(ca, { commonName: 'x' });
    expect(fields(want())).toEqual(['commonName']);
  });
  test('a group too many', async () => {
    await issue(ca, { organizations: ['system:masters'] });
    expect(fields(want())).toEqual(['organizations']);
  });
  test('a missing address; an extra one does no harm', async () => {
    await issue(ca, { sans: request().sans.slice(1) });
    expect(fields(want())).toEqual(['sans']);
    await issue(ca, { sans: [...request().sans, 'more.example'] });
    expect(fields(want())).toEqual([]);
  });
  test('an intermediate that is wanted behind the leaf and is not there', async () => {
    const made = await issue();
    expect(fields(want({ chainPem: other.certPem }))).toEqual(['chain']);
    put('w.crt', made.certPem + other.certPem);
    expect(fields(want({ chainPem: other.certPem }))).toEqual([]);
    expect(fields(want())).toEqual([]);
  });
  test('a missing usage', async () => {
    await issue(ca, { usages: ['client'] });
    expect(fields(want())).toEqual(['usages']);
  });
  test.skipIf(!hasOpenssl)('the key of another pair', async () => {
    await issue();
    put('w.key', leaf.keyPem);
    expect(fields(want())).toEqual(['key']);
  });
  test('a key that others can read is closed, not replaced', async () => {
    await issue();
    chmodSync(at('w.key'), 0o640);
    const kind = kinds.certificate;
    const changes = kind.diff(want(), ask(kind.read(at('w.crt'), want())));
    expect(changes).toEqual([{ verb: 'update', field: 'keyMode', from: '0640', to: '0600' }]);
    expect(kind.plan(at('w.crt'), want(), changes).actions.map(action => action.do)).toEqual(['run']);
  });
  test('renewed in time, not from the first day, and not when the CA ends anyway', async () => {
    await issue(ca, { days: 100 });
    const wanted = want({ request: request({ days: 100 }) });
    const on = (days: number) =>
      fields(
        wanted,
        certificateKind(() => new Date(now.getTime() + days * day)),
      );
    expect([on(0), on(79), on(81), on(101)]).toEqual([[], [], ['notAfter'], ['notAfter']]);
    await issue(ca, { days: 20 });
    expect(fields(want({ request: request({ days: 20 }) }))).toEqual([]);
    const short = await createAuthority({ commonName: 'short', days: 10, algorithm: 'ecdsa-p256', now });
    await issue(short);
    expect(fields(want({ caPem: short.certPem }))).toEqual([]);
  });
  test('mends by removing, then issuing; undone, both files are gone', async () => {
    await issue();
    const { actions } = kinds.certificate.plan(at('w.crt'), want(), [
      { verb: 'update', field: 'issuer', from: 'a', to: 'b' },
    ]);
    expect(actions.map(action => action.do)).toEqual(['run', 'issue']);
    const gone = kinds.certificate.undo?.(at('w.crt'), want());
    if (!gone) throw new Error('no undo');
    expect(fields(gone)).toEqual(['certificate']);
    for (const action of kinds.certificate.plan(at('w.crt'), gone, []).actions)
      if (action.do === 'run') execFileSync('sh', ['-c', action.script]);
    expect(fields(gone)).toEqual([]);
  });

  test('kubeconfig: each difference by its name', async () => {
    const node = await issueCertificate(
      ca,
      request({ commonName: 'system:node:a', organizations: ['system:nodes'], usages: ['client'], sans: [] }),
      { algorithm: 'ecdsa-p256', now },
    );
    const wanted = (more: Partial<KubeconfigWant> = {}): KubeconfigWant => ({
      request: request({ commonName: 'system:node:a', organizations: ['system:nodes'], usages: ['client'], sans: [] }),
      caPem: ca.certPem,
      server: 'https://10.0.0.1:6443',
      cluster: 'demo',
      user: 'kubelet',
      ...more,
    });
    const differs = (text: string, want = wanted(), mode = 0o600): string[] => {
      put('k.conf', text, mode);
      return kinds.kubeconfig.diff(want, ask(kinds.kubeconfig.read(at('k.conf'), want))).map(change => change.field);
    };
    expect(differs(configOf(node))).toEqual([]);
    expect(differs(configOf(node), wanted(), 0o644)).toEqual(['mode']);
    expect(differs(configOf(node), wanted({ server: 'https://other:6443' }))).toEqual(['server']);
    expect(differs(configOf(node, other.certPem))).toEqual(['certificateAuthority']);
    expect(differs(configOf(node, other.certPem), wanted({ caPem: other.certPem }))).toEqual(['issuer']);
    // While a CA is exchanged both are trusted, and one of them has to have signed.
    const both = ca.certPem + other.certPem;
    expect(differs(configOf(node, both), wanted({ caPem: both }))).toEqual([]);
    expect(differs(configOf(node, both), wanted({ caPem: both, signerPem: ca.certPem }))).toEqual([]);
    expect(differs(configOf(node, both), wanted({ caPem: both, signerPem: other.certPem }))).toEqual(['issuer']);
    expect(differs(configOf({ ...node, keyPem: leaf.keyPem }))).toEqual(hasOpenssl ? ['key'] : []);
    expect(differs(configOf(node), wanted({ chainPem: other.certPem }))).toEqual(['chain']);
    expect(
      differs(configOf({ ...node, certPem: node.certPem + other.certPem }), wanted({ chainPem: other.certPem })),
    ).toEqual([]);
    expect(differs(configOf(node).slice(0, 500))).toEqual(['kubeconfig']);
    expect(differs('')).toEqual(['kubeconfig']);
  });

  test('L1: nothing differs from the ideal', () => {
    const text = fc.string({ maxLength: 12 });
    const requests = fc.record({
      ca: fc.constant('ca'),
      commonName: text,
      organizations: fc.uniqueArray(text),
      sans: fc.array(fc.oneof(text, fc.ipV4(), fc.ipV6())),
      usages: fc.subarray(['server' as const, 'client' as const]),
      days: fc.integer({ min: 1, max: 9000 }),
    });
    const absent = fc.constantFrom({}, { absent: true as const });
    fc.assert(
      fc.property(requests, absent, (asked, gone) => {
        const certificate: CertificateWant = {
          request: asked,
          keyPath: '/k',
          caPem: ca.certPem,
          chainPem: '',
          ...gone,
        };
        const kubeconfig: KubeconfigWant = {
          request: asked,
          caPem: ca.certPem,
          server: 'https://a',
          cluster: 'c',
          user: 'u',
          ...gone,
        };
        expect(kinds.certificate.diff(certificate, kinds.certificate.ideal(certificate))).toEqual([]);
        expect(kinds.kubeconfig.diff(kubeconfig, kinds.kubeconfig.ideal(kubeconfig))).toEqual([]);
      }),
    );
  });
  test('any answer is a value or Unreadable', () => {
    const parts = fc.constantFrom(
      '#certificate\n',
      '#absent\n',
      '#key 600 root\n',
      '#key-broken\n',
      '#kubeconfig\n',
      '#mode 600 root\n',
      '#file /x\n',
      '-----BEGIN CERTIFICATE-----\n',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      'clusters:\n',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(parts, fc.string({ unit: 'binary', maxLength: 30 }))).map(all => all.join('')),
        output => {
          for (const fact of [certificateFact('/c', '/k'), kubeconfigFact('/c')]) {
            try {
              fact.parse(output);
            } catch (error) {
              expect(error).toBeInstanceOf(Unreadable);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
