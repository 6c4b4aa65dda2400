/** A host with a PKI of kw's own making on which the script of the renewal runs, with a real openssl. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Leaf, renewalFile } from '../../src/blueprint/components/renewal-script.js';
import type { KeyAlgorithm } from '../../src/model/cluster.js';
import type { CertificateRequest } from '../../src/model/resource.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { keyMatches } from '../../src/pki/key.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import { readCertificates } from '../../src/pki/read.js';
import { answerOf, unanswered } from '../../src/pki/request.js';

export const day = 86_400_000;
export let root = '';
export let leaves: Leaf[] = [];
export const noLeaves = (): void => {
  leaves = [];
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-renewal-'));
  leaves = [];
  for (const folder of ['bin', 'pki/etcd', 'home', 'run/started']) mkdirSync(join(root, folder), { recursive: true });
  systemd('ActiveState=active');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

export const at = (path: string): string => join(root, path);
export const stub = (name: string, text: string): void => {
  writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${text}\n`);
  chmodSync(at(`bin/${name}`), 0o755);
};
/** `shows`: of each unit; `then`: what it does with a command. What it was asked to do stands in `systemctl()`. */
export const systemd = (shows: string, then = ':'): void =>
  stub('systemctl', `case $1 in show) echo '${shows}';; *) echo "$*" >>${root}/systemctl; ${then};; esac`);
export const read = (path: string): string => readFileSync(at(path), 'utf8');
export const ago = (days: number): Date => new Date(Date.now() - days * day);

export const request = (more: Partial<CertificateRequest> = {}): CertificateRequest => ({
  ca: 'ca',
  commonName: 'kube-apiserver',
  organizations: [],
  sans: ['kw-1', '10.0.0.11', 'kubernetes.default.svc.cluster.local', 'fd00::11', '*.example.org'],
  usages: ['server'],
  days: 90,
  ...more,
});

export const authority = async (
  ca: string,
  algorithm: KeyAlgorithm = 'ecdsa-p256',
  life = { days: 3650, age: 400 },
) => {
  const pair = await createAuthority({ commonName: 'kubernetes-ca', algorithm, days: life.days, now: ago(life.age) });
  writeFileSync(at(`pki/${ca}.crt`), pair.certPem);
  writeFileSync(at(`pki/${ca}.key`), pair.keyPem, { mode: 0o600 });
  return pair;
};

const subjectOf = ({ organizations, commonName }: CertificateRequest): string =>
  [...organizations.map(one => `/O=${one}`), `/CN=${commonName}`].join('');

export const wanted = (path: string, asked: CertificateRequest, units: readonly string[] = []): void => {
  const key = path.endsWith('.crt') ? { key: at(path.replace(/crt$/, 'key')) } : {};
  const { ca, usages, days } = asked;
  leaves.push({ path: at(path), ...key, ca, subject: subjectOf(asked), usages, days, units });
};

/** A certificate of 90 days and its key, as kw writes them. */
export const pair = async (
  ca: Pair,
  path: string,
  { asked = request(), age = 61, algorithm = 'ecdsa-p256' as KeyAlgorithm, chain = '' } = {},
): Promise<Pair> => {
  const made = await issueCertificate(ca, asked, { algorithm, now: ago(age) });
  writeFileSync(at(path), made.certPem + chain, { mode: 0o644 });
  writeFileSync(at(path.replace(/crt$/, 'key')), made.keyPem, { mode: 0o600 });
  wanted(path, asked);
  return made;
};

export const script = (): string => renewalFile(leaves, { pki: at('pki'), home: at('home'), run: at('run') });
export const env = () => ({ ...process.env, PATH: `${at('bin')}:${process.env.PATH ?? ''}` });
/** `path`: where its commands are looked for. */
export const renew = (mode = 'due', path = env().PATH) => {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script(), 'renew', mode], {
    encoding: 'utf8',
    env: { ...env(), PATH: path },
  });
  return { code: status, stdout, stderr };
};
export const tree = (): readonly string[] =>
  (readdirSync(root, { recursive: true }) as string[])
    .filter(one => /^(pki|conf)/.test(one) && statSync(at(one)).isFile())
    .map(one => `${one} ${statSync(at(one)).mode.toString(8)} ${read(one)}`)
    .sort();
export const systemctl = (): readonly string[] =>
  existsSync(at('systemctl')) ? read('systemctl').trim().split('\n') : [];

/** What the next `kw up` would find to do. */
export const toDo = (path: string, ca: Pair, asked: CertificateRequest, key = path.replace(/crt$/, 'key')) => {
  const [leaf] = readCertificates(read(path)).certificates;
  if (!leaf || !keyMatches(read(path), read(key))) return ['no pair'];
  return unanswered(asked, answerOf(leaf, ca.certPem), new Date());
};

export const clientOf = request({ commonName: 'system:kube-scheduler', sans: [], usages: ['client'] });
export const config = async (ca: Pair, path: string, units: readonly string[], age = 61): Promise<string> => {
  const made = await issueCertificate(ca, clientOf, { algorithm: 'ecdsa-p256', now: ago(age) });
  const server = { server: 'https://10.0.0.11:6443', cluster: 'demo', user: 'system:kube-scheduler' };
  const text = writeKubeconfig({ ...server, caPem: ca.certPem, ...made });
  mkdirSync(at('conf'), { recursive: true });
  writeFileSync(at(path), text, { mode: 0o600 });
  wanted(path, clientOf, units);
  return text;
};
