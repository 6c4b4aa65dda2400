/** A vault while a CA is exchanged: rebuilt from hosts in every phase, and the clinic elects who signs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { electSecrets } from '../../src/engine/vault/elect.js';
import { knownCluster } from '../../src/engine/vault/identity.js';
import { recover } from '../../src/engine/vault/recover.js';
import { writeSecret } from '../../src/engine/vault/store.js';
import { fields } from '../../src/facts/host/fields.js';
import { authoritiesScript, readAuthorities } from '../../src/facts/host/rotated-authorities.js';
import { authorityFiles } from '../../src/model/rotated-authorities.js';
import { createAuthority, type Pair } from '../../src/pki/issue.js';
import { keyMatches } from '../../src/pki/key.js';
import { readCertificates } from '../../src/pki/read.js';

let [old, next, stranger] = [] as unknown as [Pair, Pair, Pair];
beforeAll(async () => {
  const made = () =>
    createAuthority({ commonName: 'etcd-ca', days: 30, algorithm: 'ecdsa-p256', now: new Date('2026-01-01') });
  [old, next, stranger] = [await made(), await made(), await made()];
});

const crt = '/etc/kubernetes/pki/etcd/ca.crt';
const key = '/etc/kubernetes/pki/etcd/ca.key';
const on = (host: string, trust: readonly Pair[], signs: Pair) => ({
  host,
  roles: ['controlPlane'],
  files: { [crt]: trust.map(({ certPem }) => certPem).join(''), [key]: signs.keyPem },
});

/** Hosts as a run may leave them that is killed anywhere, and who may sign then. */
const mixtures = () => [
  { says: 'one host trusts both', hosts: [on('a', [old, next], old), on('b', [old], old)], signers: [old] },
  { says: 'all trust both', hosts: [on('a', [old, next], old), on('b', [old, next], old)], signers: [old] },
  {
    says: 'the new one signs on one',
    hosts: [on('a', [old, next], next), on('b', [old, next], old)],
    signers: [old, next],
  },
  { says: 'the new one signs', hosts: [on('a', [old, next], next), on('b', [old, next], next)], signers: [next] },
  { says: 'one has dropped the old', hosts: [on('a', [next], next), on('b', [old, next], next)], signers: [next] },
];

test('a lost vault is rebuilt in every phase: a whole pair, of a CA that all trust', () => {
  for (const { says, hosts, signers } of mixtures()) {
    const found = recover(hosts);
    const [cert = '', keyPem = ''] = [found['pki/etcd/ca.crt'], found['pki/etcd/ca.key']];
    expect(keyMatches(cert, keyPem), says).toBe(true);
    expect(
      signers.map(({ certPem }) => certPem),
      says,
    ).toContain(cert);
  }
});

test('a vault that has the first CA, and learned of the next, is no other cluster’s', () => {
  const first = { 'pki/etcd/ca.crt': old.certPem, 'pki/etcd/ca.key': old.keyPem };
  for (const { hosts } of mixtures().slice(0, 4)) expect(recover(hosts, first)['pki/etcd/ca.crt']).toBe(old.certPem);
  const dropped = [on('a', [next], next), on('b', [next], next)];
  expect(() => recover(dropped, first)).toThrow(/trust another CA/);
  const known = { ...first, 'pki/etcd-ca-0123456789ab.crt': next.certPem };
  expect(recover(dropped, known)['pki/etcd/ca.crt']).toBe(old.certPem);
  expect(() => recover([on('a', [stranger], stranger)], known)).toThrow(/trust another CA/);
  expect(() => recover([on('a', [old], old), on('b', [stranger], stranger)])).toThrow(/have different/);
});

test('the clinic signs with whom the hosts sign with', () => {
  for (const { says, hosts, signers } of mixtures()) {
    const { 'pki/etcd/ca.crt': cert = '', 'pki/etcd/ca.key': keyPem = '' } = electSecrets(hosts);
    expect(keyMatches(cert, keyPem), says).toBe(true);
    expect(
      signers.map(({ certPem }) => certPem),
      says,
    ).toContain(cert);
  }
  for (const { hosts } of mixtures().slice(0, 4)) expect(electSecrets(hosts, { 'etcd/ca': old.certPem })).toEqual({});
});

test('the control machine knows its etcd by every CA that it had', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-known-'));
  await writeSecret(dir, 'pki/etcd/ca.crt', old.certPem);
  await writeSecret(dir, 'pki/etcd-ca-0123456789ab.crt', next.certPem);
  const spec = { name: 'demo', components: { etcd: { extraArgs: {} } }, pki: {} };
  const { etcdAuthorities } = await knownCluster(dir, spec as never);
  const prints = [old, next].map(({ certPem }) => readCertificates(certPem).certificates[0]?.fingerprint);
  expect(etcdAuthorities).toEqual(prints);
  rmSync(dir, { recursive: true });
});

describe('what a host says', () => {
  const asked = (files: Readonly<Record<string, string>>) => {
    const here = mkdtempSync(join(tmpdir(), 'kw-marks-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(here, path)), { recursive: true });
      writeFileSync(join(here, path), text);
    }
    const script = authoritiesScript.replaceAll(/\/etc\/kubernetes/g, `${here}/etc/kubernetes`);
    const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
    rmSync(here, { recursive: true });
    return { output, marks: readAuthorities(fields(output)) };
  };

  test('of the marks of an exchange, and no line of a key', () => {
    const paths = authorityFiles('etcd/ca');
    const { output, marks } = asked({
      [paths.trust]: old.certPem + next.certPem,
      [paths.key]: old.keyPem,
      [paths.signer]: old.certPem,
      [paths.next]: next.certPem + next.keyPem,
      [paths.nextKey]: next.keyPem,
    });
    const mark = marks?.['etcd/ca'];
    expect(mark?.trust).toBe(old.certPem + next.certPem);
    expect([mark?.signer, mark?.next]).toEqual([old.certPem, next.certPem]);
    expect(Object.keys(marks ?? {})).toEqual(['etcd/ca']);
    const shown = output
      .replace(/^[^=]*=/gm, '')
      .split('\n')
      .map(one => Buffer.from(one, 'base64').toString());
    expect(shown.join()).not.toContain('PRIVATE');
  });

  test('a worker, which has no key of a CA, says nothing', () => {
    expect(asked({ [authorityFiles('ca').trust]: old.certPem }).marks).toBeUndefined();
  });
});
