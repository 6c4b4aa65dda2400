/** What a host carries, as this machine's own shell asks it, and the id in the head of a real log of etcd. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { carried } from '../../src/facts/host/carried.js';
import { etcdClusterId } from '../../src/facts/host/etcd-cluster-id.js';
import { createAuthority } from '../../src/pki/issue.js';

// Of two members of one cluster, and of a third (etcd 3.5 and 3.6, as the lab made them).
const heads = {
  one: 'BAAAAAAAAIQIBBAAAAAAAB8AAAAAAACBCAEQkcy1rQMaFQjKqrarwM68gi8Q7szyr8TvlKyRAQANAAAA',
  two: 'BAAAAAAAAIQIBBAAAAAAACAAAAAAAAAACAEQvo+fqwYaFgiArOK/o4+L0KgBEO7M8q/E75SskQEOAAAA',
  other: 'BAAAAAAAAIQIBBAAAAAAAB4AAAAAAACCCAEQi/PQ7AMaFAjR1YrWkZ212iMQ36/1j7jV6Y8QAAAOAAAAAAAAgg==',
};
const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');

test('members of one etcd have one id in the heads of their logs, and another etcd has another', () => {
  expect(etcdClusterId(bytes(heads.one))).toBe('9158537c45fca66e');
  expect(etcdClusterId(bytes(heads.two))).toBe('9158537c45fca66e');
  expect(etcdClusterId(bytes(heads.other))).toBe('101fa6ab81fd57df');
});

test('a head that is cut off or changed at any byte is not an id, or another: never an exception', () => {
  const whole = bytes(heads.one);
  for (let at = 0; at < whole.length; at += 1) {
    expect(() => etcdClusterId(whole.subarray(0, at))).not.toThrow();
    for (const byte of [0, 0x7f, 0x80, 0xff]) {
      const changed = Uint8Array.from(whole);
      changed[at] = byte;
      expect(() => etcdClusterId(changed)).not.toThrow();
    }
  }
  expect(etcdClusterId(whole.subarray(0, 40))).toBeUndefined();
  expect(etcdClusterId(new Uint8Array(0))).toBeUndefined();
});

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-carried-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (path: string, text: string | Uint8Array): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const asked = () => {
  const { question } = carried;
  if (question.ask !== 'host') throw new Error('a host is asked');
  return execFileSync('sh', ['-c', question.script.replaceAll(/(?<=[ "])\/(?=etc|var)/g, `${root}/`)]).toString();
};
const kubeconfig = (ca: string, name: string): string =>
  `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: ${Buffer.from(ca).toString('base64')}\n` +
  `    server: https://10.0.0.1:6443\n  name: ${name}\ncontexts:\n- context:\n    cluster: ${name}\n` +
  `    user: system:node:kw-1\n  name: x\nusers:\n- name: x\n  user:\n    client-key-data: c2VjcmV0\n`;

test('an empty host carries nothing', () => {
  expect(carried.parse(asked())).toEqual({ etcdData: false, marked: false, traces: [] });
});

test('a control plane shows its CAs, its etcd, its name and its credential, and no private key', async () => {
  const { certPem, keyPem } = await createAuthority({
    commonName: 'kubernetes',
    days: 10,
    algorithm: 'ecdsa-p256',
    now: new Date('2026-01-01'),
  });
  put('etc/kubernetes/pki/ca.crt', certPem);
  put('etc/kubernetes/pki/ca.key', keyPem);
  put('etc/kubernetes/pki/etcd/ca.crt', certPem);
  put('etc/kubernetes/kubelet.conf', kubeconfig(certPem, 'kubernetes'));
  put('var/lib/kubelet/pki/kubelet-client-current.pem', certPem + keyPem);
  put('var/lib/etcd/member/wal/0.tmp', '');
  put('var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal', bytes(heads.one));
  const output = asked();
  const seen = carried.parse(output);
  expect(seen).toMatchObject({ etcdData: true, etcdCluster: '9158537c45fca66e', name: 'kubernetes', marked: false });
  for (const pem of [seen.ca, seen.etcdCa, seen.kubeletCa, seen.credential]) expect(pem?.trim()).toBe(certPem.trim());
  expect(seen.traces.map(path => path.replace(root, ''))).toEqual([
    '/etc/kubernetes/kubelet.conf',
    '/var/lib/kubelet/pki',
  ]);
  const shown = output.split('\n').map(line => Buffer.from(line.slice(line.indexOf('=') + 1), 'base64').toString());
  expect([output, ...shown].join('\n')).not.toMatch(/PRIVATE KEY|c2VjcmV0/);
});

test('an answer that broke off is unreadable', () => {
  expect(() => carried.parse(asked().replace('end=yes\n', ''))).toThrow('broke off');
});
