/** The renewal of certificates on a host: the script by a real shell, with a real openssl, over PKIs made by kw. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Leaf, renewalFile } from '../../src/blueprint/components/renewal-script.js';
import type { KeyAlgorithm } from '../../src/model/cluster.js';
import type { CertificateRequest } from '../../src/model/resource.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { keyMatches, privatePemOf, makeKeyPair } from '../../src/pki/key.js';
import { writeKubeconfig } from '../../src/pki/kubeconfig.js';
import { readCertificates } from '../../src/pki/read.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { answerOf, unanswered } from '../../src/pki/request.js';
import { hasOpenssl, ownersPki } from '../pki/made.js';

const day = 86_400_000;
let root = '';
let leaves: Leaf[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-renewal-'));
  leaves = [];
  for (const folder of ['bin', 'pki/etcd', 'home', 'run/started']) mkdirSync(join(root, folder), { recursive: true });
  stub('systemctl', `echo "$*" >>${root}/systemctl`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (path: string): string => join(root, path);
const stub = (name: string, text: string): void => {
  writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${text}\n`);
  chmodSync(at(`bin/${name}`), 0o755);
};
const read = (path: string): string => readFileSync(at(path), 'utf8');
const ago = (days: number): Date => new Date(Date.now() - days * day);

const request = (more: Partial<CertificateRequest> = {}): CertificateRequest => ({
  ca: 'ca',
  commonName: 'kube-apiserver',
  organizations: [],
  sans: ['kw-1', '10.0.0.11', 'kubernetes.default.svc.cluster.local', 'fd00::11', '*.example.org'],
  usages: ['server'],
  days: 90,
  ...more,
});

const authority = async (ca: string, algorithm: KeyAlgorithm = 'ecdsa-p256', life = { days: 3650, age: 400 }) => {
  const pair = await createAuthority({ commonName: 'kubernetes-ca', algorithm, days: life.days, now: ago(life.age) });
  writeFileSync(at(`pki/${ca}.crt`), pair.certPem);
  writeFileSync(at(`pki/${ca}.key`), pair.keyPem, { mode: 0o600 });
  return pair;
};

const subjectOf = ({ organizations, commonName }: CertificateRequest): string =>
  [...organizations.map(one => `/O=${one}`), `/CN=${commonName}`].join('');

const wanted = (path: string, asked: CertificateRequest, units: readonly string[] = []): void => {
  const key = path.endsWith('.crt') ? { key: at(path.replace(/crt$/, 'key')) } : {};
  const { ca, usages, days } = asked;
  leaves.push({ path: at(path), ...key, ca, subject: subjectOf(asked), usages, days, units });
};

/** A certificate of 90 days and its key, as kw writes them. */
const pair = async (
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

const script = (): string => renewalFile(leaves, { pki: at('pki'), home: at('home'), run: at('run') });
const env = () => ({ ...process.env, PATH: `${at('bin')}:${process.env.PATH ?? ''}` });
const renew = (mode = 'due') => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script(), 'renew', mode], { encoding: 'utf8', env: env() });
  return { code: status, stdout, stderr };
};
const tree = (): readonly string[] =>
  (readdirSync(root, { recursive: true }) as string[])
    .filter(one => /^(pki|conf)/.test(one) && statSync(at(one)).isFile())
    .map(one => `${one} ${statSync(at(one)).mode.toString(8)} ${read(one)}`)
    .sort();
const systemctl = (): readonly string[] => (existsSync(at('systemctl')) ? read('systemctl').trim().split('\n') : []);

/** What the next `kw up` would find to do. */
const toDo = (path: string, ca: Pair, asked: CertificateRequest, key = path.replace(/crt$/, 'key')) => {
  const [leaf] = readCertificates(read(path)).certificates;
  if (!leaf || !keyMatches(read(path), read(key))) return ['no pair'];
  return unanswered(asked, answerOf(leaf, ca.certPem), { now: new Date(), renewBeforeDays: 15 });
};

describe.skipIf(!hasOpenssl)('certificates of a host', () => {
  test.each([
    ['ecdsa-p256', 'ecdsa-p256'],
    ['rsa-2048', 'rsa-2048'],
    ['rsa-2048', 'ecdsa-p256'],
    ['ecdsa-p256', 'rsa-4096'],
  ] as const)('past two thirds of its life one is signed again: CA %s, leaf %s', async (ofCa, algorithm) => {
    const ca = await authority('ca', ofCa);
    const old = await pair(ca, 'pki/apiserver.crt', { algorithm });
    const { code, stdout, stderr } = renew();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+apiserver\.crt: renewed until 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/);
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    const [before, after] = [old.certPem, read('pki/apiserver.crt')].map(pem => readCertificates(pem).certificates[0]);
    for (const same of ['subject', 'issuerDer', 'names', 'ips', 'usages', 'isCa', 'signs', 'authorityKeyId'] as const)
      expect(after?.[same]).toEqual(before?.[same]);
    expect(after?.spkiSha256).not.toBe(before?.spkiSha256);
    expect(after?.serial).not.toBe(before?.serial);
    expect(Date.parse(after?.notAfter ?? '') - Date.now()).toBeGreaterThan(90 * day - 60_000);
    expect(Date.parse(after?.notAfter ?? '') - Date.now()).toBeLessThanOrEqual(90 * day);
    expect(statSync(at('pki/apiserver.crt')).mode & 0o777).toBe(0o644);
    expect(statSync(at('pki/apiserver.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
    const once = tree();
    expect(renew()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(tree(), 'and not once more').toEqual(once);
    expect(readdirSync(at('run')).sort(), 'no key is left in /run').toEqual(['renewal.lock', 'started']);
  });

  test('before two thirds nothing is touched, unless all are asked for', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt', { age: 59 });
    const before = tree();
    expect(renew()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(tree()).toEqual(before);
    expect(renew('all').code).toBe(0);
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    expect(tree()).not.toEqual(before);
  });

  test('one that has ended is signed again, too', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt', { age: 300 });
    expect(renew().code).toBe(0);
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
  });

  test('each by its own CA; groups stay; what a certificate has beyond its CA stays behind it', async () => {
    const owner = ownersPki();
    writeFileSync(at('pki/ca.crt'), owner.intermediate + owner.root);
    writeFileSync(at('pki/ca.key'), owner.key);
    const etcd = await authority('etcd/ca');
    const ca = { certPem: owner.intermediate, keyPem: owner.key };
    const node = request({ commonName: 'system:node:kw-1', organizations: ['system:nodes'], sans: ['kw-1'] });
    const member = request({ ca: 'etcd/ca', commonName: 'kw-1', usages: ['server', 'client'] });
    for (const [signer, path, asked, chain] of [
      [ca, 'pki/kubelet.crt', node, owner.intermediate],
      [etcd, 'pki/etcd/server.crt', member, ''],
    ] as const) {
      await pair(signer, path, { asked, age: 0, chain });
    }
    expect(renew('all')).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/kubelet.crt', ca, node)).toEqual([]);
    expect(toDo('pki/etcd/server.crt', etcd, member)).toEqual([]);
    expect(read('pki/kubelet.crt').endsWith(`-----END CERTIFICATE-----\n${owner.intermediate}`)).toBe(true);
  });

  test('none outlives its CA, and one that ends with it is left in peace', async () => {
    const ca = await authority('ca', 'ecdsa-p256', { days: 440, age: 400 });
    const end = readCertificates(ca.certPem).certificates[0]?.notAfter;
    await pair(ca, 'pki/apiserver.crt', { age: 70 });
    expect(renew().code).toBe(0);
    expect(readCertificates(read('pki/apiserver.crt')).certificates[0]?.notAfter).toBe(end);
    const before = tree();
    expect(renew('all')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(tree()).toEqual(before);
  });
});

const clientOf = request({ commonName: 'system:kube-scheduler', sans: [], usages: ['client'] });
const config = async (ca: Pair, path: string, units: readonly string[], age = 61): Promise<string> => {
  const made = await issueCertificate(ca, clientOf, { algorithm: 'ecdsa-p256', now: ago(age) });
  const server = { server: 'https://10.0.0.11:6443', cluster: 'demo', user: 'system:kube-scheduler' };
  const text = writeKubeconfig({ ...server, caPem: ca.certPem, ...made });
  mkdirSync(at('conf'), { recursive: true });
  writeFileSync(at(path), text, { mode: 0o600 });
  wanted(path, clientOf, units);
  return text;
};

describe.skipIf(!hasOpenssl)('kubeconfigs of a host', () => {
  test('both halves are new, all else is as it was, and who reads it once is restarted once', async () => {
    const ca = await authority('ca');
    const old = await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    await config(ca, 'conf/admin.conf', []);
    writeFileSync(at('run/started/kube-scheduler.service'), 'x');
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    const text = read('conf/scheduler.conf');
    const blank = (one: string): string => one.replace(/(client-\w+-data: ).*/g, '$1');
    expect(blank(text)).toBe(blank(old));
    const seen = readKubeconfig(text, 'scheduler.conf').value;
    const key = Buffer.from(/client-key-data: (\S+)/.exec(text)?.[1] ?? '', 'base64').toString();
    expect(keyMatches(seen?.certPem ?? '', key)).toBe(true);
    const [leaf] = readCertificates(seen?.certPem ?? '').certificates;
    expect(leaf && unanswered(clientOf, answerOf(leaf, ca.certPem), { now: new Date(), renewBeforeDays: 15 })).toEqual(
      [],
    );
    expect(statSync(at('conf/scheduler.conf')).mode & 0o777).toBe(0o600);
    expect(systemctl()).toEqual(['is-active -q kube-scheduler.service', 'restart kube-scheduler.service']);
    expect(existsSync(at('run/started/kube-scheduler.service')), 'its record would say that it is stale').toBe(false);
    expect(renew().code).toBe(0);
    expect(systemctl()).toHaveLength(2);
  });

  test('a restart that fails is owed', async () => {
    const ca = await authority('ca');
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    stub('systemctl', `echo "$*" >>${root}/systemctl; [ "$1" != restart ]`);
    expect(renew().code).toBe(1);
    expect(renew().code).toBe(1);
    stub('systemctl', ':');
    expect(renew().code).toBe(0);
    stub('systemctl', 'exit 1');
    expect(renew().code).toBe(0);
  });

  test('one with the credentials of two people is nobody’s to renew', async () => {
    const ca = await authority('ca');
    const text = await config(ca, 'conf/scheduler.conf', []);
    writeFileSync(at('conf/scheduler.conf'), text + text.slice(text.indexOf('users:')));
    const before = tree();
    expect(renew()).toMatchObject({ code: 1, stdout: '' });
    expect(tree()).toEqual(before);
  });
});

describe.skipIf(!hasOpenssl)('what is not signed again, and stays byte by byte', () => {
  const other = () => createAuthority({ commonName: 'kubernetes-ca', algorithm: 'ecdsa-p256', days: 3650, now: ago(80) });
  const foreign: readonly (readonly [string, string, (ca: Pair) => Promise<void> | void])[] = [
    [
      'another CA of the same name has signed it',
      'another CA',
      async () => void (leaves.pop(), await pair(await other(), 'pki/apiserver.crt')),
    ],
    [
      'the CA was replaced, certificate and key',
      'another CA',
      async () => {
        const { certPem, keyPem } = await other();
        writeFileSync(at('pki/ca.crt'), certPem);
        writeFileSync(at('pki/ca.key'), keyPem);
      },
    ],
    ['the CA has another key', 'is not the key of', async () => writeFileSync(at('pki/ca.key'), (await other()).keyPem)],
    ['no key of the CA', 'is not on this host', () => rmSync(at('pki/ca.key'))],
    [
      'its key is another one',
      'belongs to another certificate',
      async () => writeFileSync(at('pki/apiserver.key'), privatePemOf((await makeKeyPair('ecdsa-p256')).privateKey)),
    ],
    [
      'it is of somebody else',
      'not as Kubewizard signs it',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { asked: request({ commonName: 'admin' }) });
        leaves.pop();
      },
    ],
    [
      'it has a group more',
      'not as Kubewizard signs it',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { asked: request({ organizations: ['system:masters'] }) });
        leaves.pop();
      },
    ],
    [
      'it may do more',
      'not as Kubewizard signs it',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { asked: request({ usages: ['server', 'client'] }) });
        leaves.pop();
      },
    ],
    [
      'the clock is behind',
      'is the clock of this host behind',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { age: -30 });
        leaves.pop();
      },
    ],
    [
      'a link stands there',
      'it is no file',
      () => {
        writeFileSync(at('pki/elsewhere'), read('pki/apiserver.crt'));
        rmSync(at('pki/apiserver.crt'));
        symlinkSync(at('pki/elsewhere'), at('pki/apiserver.crt'));
      },
    ],
    ['it is no certificate', 'there is no certificate', () => writeFileSync(at('pki/apiserver.crt'), 'x')],
  ];

  test.each(foreign)('%s', async (_, why, change) => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    await change(ca);
    const before = tree();
    const { code, stdout, stderr } = renew();
    expect(stderr).toContain(why);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(tree()).toEqual(before);
  });

  test('it is changed while it is signed', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    const changed = (await issueCertificate(ca, request(), { algorithm: 'ecdsa-p256', now: ago(1) })).certPem;
    writeFileSync(at('changed'), changed);
    stub('sync', `cp ${at('changed')} ${at('pki/apiserver.crt')}; exit 0`);
    expect(renew()).toMatchObject({ code: 1, stdout: '' });
    expect(read('pki/apiserver.crt')).toBe(changed);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });

  test('a run of kw is under way: its lock lives', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    const before = tree();
    writeFileSync(at('home/lock'), `${Math.floor(Date.now() / 1000) + 50}\nrun\n{}\n`);
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(tree()).toEqual(before);
    writeFileSync(at('home/lock'), `${Math.floor(Date.now() / 1000) - 5}\nrun\n{}\n`);
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(tree()).not.toEqual(before);
  });

  test('nothing is there yet', async () => {
    await authority('ca');
    wanted('pki/apiserver.crt', request());
    expect(renew()).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe.skipIf(!hasOpenssl)('killed', () => {
  test('between the two renames: the next run, or systemd behind the killed one, ends it', async () => {
    const ca = await authority('ca');
    const old = await pair(ca, 'pki/apiserver.crt');
    stub('mv', `/bin/mv -f "$4" "$3/" && kill -9 $PPID`);
    renew();
    expect(read('pki/apiserver.crt'), 'the key is new, its certificate is not').toBe(old.certPem);
    expect(keyMatches(read('pki/apiserver.crt'), read('pki/apiserver.key'))).toBe(false);
    rmSync(at('bin/mv'));
    expect(renew('settle')).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });

  test('at any moment: settled, there is a pair; renewed, it is a new one', { timeout: 300_000 }, async () => {
    const ca = await authority('ca');
    const moments = 7;
    let fresh = 0;
    for (let n = 0; n < moments; n += 1) {
      leaves = [];
      await pair(ca, 'pki/apiserver.crt');
      await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
      const killed = spawn('sh', ['-c', script(), 'renew'], { env: env(), detached: true, stdio: 'ignore' });
      const ended = new Promise(resolve => killed.once('exit', resolve));
      setTimeout(() => killed.pid && process.kill(-killed.pid, 'SIGKILL'), 40 + n * 50).unref();
      await ended.catch(() => undefined);
      expect(renew('settle').code).toBe(0);
      expect(keyMatches(read('pki/apiserver.crt'), read('pki/apiserver.key'))).toBe(true);
      expect(readKubeconfig(read('conf/scheduler.conf'), 'x').problems).toEqual([]);
      fresh += toDo('pki/apiserver.crt', ca, request()).length === 0 ? 1 : 0;
      expect(renew()).toMatchObject({ code: 0, stderr: '' });
      expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
      expect(readdirSync(at('run')).sort()).toEqual(['renewal.lock', 'started']);
    }
    expect(fresh).toBeLessThan(moments);
  });
});
