/** The renewal of certificates on a host: the script by a real shell, with a real openssl, over PKIs made by kw. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { keyMatches } from '../../src/pki/key.js';
import { readCertificates } from '../../src/pki/read.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { answerOf, unanswered } from '../../src/pki/request.js';
import { hasOpenssl, ownersPki } from '../pki/made.js';
import {
  at,
  authority,
  clientOf,
  config,
  day,
  pair,
  read,
  renew,
  request,
  systemctl,
  systemd,
  toDo,
  tree,
} from './renewal-host.js';

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
    expect(leaf && unanswered(clientOf, answerOf(leaf, ca.certPem), new Date())).toEqual([]);
    expect(statSync(at('conf/scheduler.conf')).mode & 0o777).toBe(0o600);
    expect(systemctl()).toEqual(['restart kube-scheduler.service']);
    expect(existsSync(at('run/started/kube-scheduler.service')), 'its record would say that it is stale').toBe(false);
    expect(renew().code).toBe(0);
    expect(systemctl()).toHaveLength(1);
  });

  test('whose unit file has changed since is restarted by the new one', async () => {
    const ca = await authority('ca');
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    systemd('ActiveState=active\nNeedDaemonReload=yes');
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(systemctl()).toEqual(['daemon-reload', 'restart kube-scheduler.service']);
  });

  test.each([
    ['activating', ['restart kube-scheduler.service']],
    ['inactive', []],
    ['failed', []],
    ['deactivating', []],
  ])('one that is %s', async (state, asked) => {
    const ca = await authority('ca');
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    systemd(`ActiveState=${state}`);
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(systemctl()).toEqual(asked);
    expect(readdirSync(at('run')).sort()).toEqual(['renewal.lock', 'started']);
  });

  test('a restart that fails is owed', async () => {
    const ca = await authority('ca');
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    systemd('ActiveState=active', '[ "$1" != restart ]');
    expect(renew().code).toBe(1);
    expect(renew().code).toBe(1);
    systemd('');
    expect(renew().code, 'systemd does not answer').toBe(1);
    systemd('ActiveState=active');
    expect(renew().code).toBe(0);
    expect(systemctl()).toHaveLength(3);
    expect(renew().code).toBe(0);
    expect(systemctl()).toHaveLength(3);
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
