/** What is remembered belongs to a cluster's identity: two clusters of one name never meet in a folder. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identityOf } from '../../src/clinic/read/identity.js';
import { type InProgress, readInProgress, writeInProgress } from '../../src/engine/heal/pending.js';
import { claim, folderFor, identityOfFiles, rememberedIdentity } from '../../src/engine/vault/identity.js';
import { keepSecret } from '../../src/engine/vault/keep-secret.js';
import { writeSecret } from '../../src/engine/vault/store.js';
import { compareIdentities } from '../../src/model/identity.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { baseChart } from '../clinic/fixture.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kw-identity-'));
});
afterEach(() => rm(root, { recursive: true }));

const made = () =>
  createAuthority({ commonName: 'kubernetes', days: 10, algorithm: 'ecdsa-p256', now: new Date('2026-01-01') });
const identity = ({ certPem }: { readonly certPem: string }) =>
  identityOfFiles([{ host: 'cp', files: { '/etc/kubernetes/pki/ca.crt': certPem } }]);
const base = () => join(root, '.kubewizard');

test('two clusters that are both called kubernetes get two folders', async () => {
  const [one, other] = [identity(await made()), identity(await made())];
  const folders = [
    await folderFor(base(), 'kubernetes', one, ['a']),
    await folderFor(base(), 'kubernetes', other, ['a']),
  ];
  expect(new Set(folders).size).toBe(2);
  for (const [index, each] of [one, other].entries()) await claim(folders[index] ?? '', each);
  expect(await folderFor(base(), 'kubernetes', one, ['b'])).toBe(folders[0]);
});

test(
  'a folder of before that has only the name is taken by its own cluster, and refused to another in both ' +
    'identities',
  async () => {
    const [own, stranger] = [await made(), await made()];
    const old = join(base(), 'kubernetes');
    await writeSecret(old, 'pki/ca.crt', own.certPem);
    await writeSecret(old, 'pki/ca.key', own.keyPem);
    expect(await folderFor(base(), 'kubernetes', identity(own), ['a'])).toBe(old);
    const refused = folderFor(base(), 'kubernetes', identity(stranger), ['a']);
    for (const each of [own, stranger])
      await expect(refused).rejects.toThrow(
        (readCertificates(each.certPem).certificates[0]?.fingerprint ?? '').slice(0, 16),
      );
    await expect(claim(old, identity(stranger))).rejects.toThrow('belongs to another cluster');
    expect(await readFile(join(old, 'pki/ca.crt'), 'utf8')).toBe(own.certPem);
  },
);

test('the UID of kube-system decides where it is known, also after the CA was changed', async () => {
  const dir = join(base(), 'x');
  const [before, after] = [identity(await made()), identity(await made())];
  await claim(dir, { ...before, uid: 'u-1' });
  await claim(dir, { ...after, uid: 'u-1' });
  expect((await rememberedIdentity(dir)).authorities).toHaveLength(2);
  await expect(claim(dir, { ...identity(await made()), uid: 'u-2' })).rejects.toThrow('u-2');
  expect(compareIdentities({ authorities: [] }, before)).toBe('unknown');
});

test('a cluster that was reset and built again out of its folder keeps it', async () => {
  const dir = join(base(), 'x');
  const own = identity(await made());
  await claim(dir, { ...own, uid: 'u-1' });
  await claim(dir, { ...own, uid: 'u-2' });
  expect((await rememberedIdentity(dir)).uid).toBe('u-2');
});

test('recovered keys never replace others, and both fingerprints are named', async () => {
  const [own, stranger] = [await made(), await made()];
  await keepSecret(root, 'pki/ca.key', own.keyPem);
  await keepSecret(root, 'pki/ca.key', `${own.keyPem}\n`);
  await expect(keepSecret(root, 'pki/ca.key', stranger.keyPem)).rejects.toThrow(/\([0-9a-f]{64}\).*\([0-9a-f]{64}\)/);
  await keepSecret(root, 'pki/ca.crt', own.certPem);
  await expect(keepSecret(root, 'pki/ca.crt', stranger.certPem)).rejects.toThrow('another pki/ca.crt');
  expect(await readFile(join(root, 'pki/ca.key'), 'utf8')).toBe(own.keyPem);
});

test('a therapy that was cut off on one cluster is not gone on with on another', async () => {
  const [own, stranger] = [identity(await made()), identity(await made())];
  const begun: InProgress = { id: 'x', at: '2026', cluster: own, treats: [], touched: [], pods: [], objects: [] };
  await writeInProgress(root, [begun]);
  expect(await readInProgress(root, own)).toEqual([begun]);
  await expect(readInProgress(root, stranger)).rejects.toThrow('belongs to another cluster');
  await writeFile(join(root, 'heal-begun.json'), JSON.stringify([{ id: 'x', at: '2025', treats: ['a/b c d'] }]));
  await expect(readInProgress(root, own)).rejects.toThrow('not known');
});

test('a chart tells whose it is by its control planes and its API, not by its workers', () => {
  const chart = baseChart('kubeadm');
  const whole = identityOf(chart);
  expect(whole.authorities.length).toBeGreaterThan(0);
  const workers = [...chart.hosts].map(([name, host]) => [name, { ...host, roles: ['worker'] }] as const);
  expect(identityOf({ ...chart, hosts: new Map(workers) }).authorities).toEqual([]);
});

test('.kubewizard keeps itself out of git, and an own .gitignore stays', async () => {
  await writeSecret(join(base(), 'x'), 'pki/ca.key', 'k');
  expect(await readFile(join(base(), '.gitignore'), 'utf8')).toBe('*\n');
  expect((await stat(base())).mode & 0o777).toBe(0o700);
  const other = join(root, 'other', '.kubewizard');
  await mkdir(other, { recursive: true });
  await writeFile(join(other, '.gitignore'), '!keep\n');
  await writeSecret(join(other, 'x'), 'pki/ca.key', 'k');
  expect(await readFile(join(other, '.gitignore'), 'utf8')).toBe('!keep\n');
});
