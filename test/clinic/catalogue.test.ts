/** The catalogue holds what was asked for: a case that goes away with its folder and row must not go unseen. */
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { main } from '../../src/cli/run.js';
import { cases } from '../../src/clinic/cases/index.js';
import { otherNames, properName } from '../../src/clinic/cases/names.js';
import { readPage } from '../../src/clinic/explain/page.js';
import { caseFolders } from './fixture.js';

/** By the names under which they were asked for. */
const asked = [
  'leaf-cert-expired',
  'renewed-but-not-reloaded',
  'kubelet-client-cert-expired',
  'cgroup-driver-mismatch',
  'cri-disabled',
  'bridge-nf-ipforward',
  'stale-cni',
  'podcidr-unassigned',
  'cidr-overlap',
  'host-firewall',
  'coredns-loop',
  'ns-terminating-apiservice',
  'webhook-deadlock',
  'apiserver-to-kubelet-forbidden',
  'node-ip-wrong-nic',
  'bootstrap-token-expired',
  'etcd-stale-member',
  'cp-ip-changed',
  'removed-flag',
  'cgroup-v1-refused',
  'inotify-limit',
  'proxy-env',
  'cloud-uninitialized',
  'disk-pressure',
  'etcd-slow-disk',
  'etcd-nospace',
  'clock-skew',
  'sa-key-mismatch',
  'encryption-config-mismatch',
  'front-proxy',
  'etcd-cluster-id',
  'etcd-peer-san',
  'quorum-lost',
  'manifest-backup-file',
  'manifest-missing-mount',
  'node-name-mismatch',
  'duplicate-identity',
  'iptables-mixed',
  'mtu',
  'vrrp-clash',
  'version-skew',
  'containerd-v3-config',
  'sandbox-image',
  'clusterdns-missing',
  'kubelet-waiting',
  'swap-on',
];

const known = new Set(
  cases.flatMap(one => [one.id, ...Object.keys(one.variants).map(variant => `${one.id}/${variant}`)]),
);

test('every illness that was asked for is a case, and the fourteen founding ones are', () => {
  expect(asked.filter(name => !known.has(properName(name)))).toEqual([]);
  expect([...new Set(cases.flatMap(one => one.founding ?? []))].sort((a, b) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
  ]);
});

test('another name leads to a case or variant, and hides none', () => {
  expect(Object.entries(otherNames).filter(([name, id]) => !known.has(id) || known.has(name))).toEqual([]);
  expect(properName('leaf-cert-expired/file')).toBe('leaf-certificate-expired/file');
  expect(properName('renewed-but-not-reloaded')).toBe('leaf-certificate-expired/not-reloaded');
});

test('kw cases knows them by both names', async () => {
  const words: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    words.push(String(text));
    return true;
  });
  try {
    for (const name of ['leaf-cert-expired', 'leaf-certificate-expired', 'renewed-but-not-reloaded'])
      expect(await main(['cases', name], { writeOut: () => {}, writeErr: () => {} }, false)).toBe(0);
  } finally {
    spy.mockRestore();
  }
  expect(new Set(words).size).toBe(1);
});

describe.each(cases.map(one => [one.id, one] as const))('the page of %s', (id, one) => {
  const page = readPage(readFileSync(`${caseFolders.get(id)}/page.md`, 'utf8'));
  test('says symptom, proof, therapy, versions and sources, and warns where the case does', () => {
    for (const section of ['Symptom', 'Proof', 'Therapy', 'Versions', 'Sources'])
      expect(page.sections[section]?.length ?? 0, section).toBeGreaterThan(section === 'Versions' ? 3 : 15);
    if (one.badCures?.length) expect(page.sections['Bad cures']?.length ?? 0).toBeGreaterThan(10);
    expect(page.title.length).toBeGreaterThan(10);
  });
  test('speaks of every variant by its name', () => {
    expect(
      Object.keys(one.variants).filter(
        variant => !page.sections.Proof?.includes(`\`${variant}\``) && Object.keys(one.variants).length > 1,
      ),
    ).toEqual([]);
  });
});
