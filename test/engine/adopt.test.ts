/** Clusters of other builders: who the hosts are, and which CA is the true one where they disagree. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { electSecrets } from '../../src/engine/vault/elect.js';
import { adoption, readDiscovery, discoveryScript, subjects } from '../../src/discovery/hosts.js';
import type { Host } from '../../src/model/cluster.js';
import { createAuthority } from '../../src/pki/issue.js';

const host = (name: string): Host => ({
  name,
  address: name,
  roles: [],
  labels: {},
  taints: [],
  ssh: { user: 'root', port: 22 },
});
const plane = readDiscovery(
  'name CP-1.example.org\naddress 10.0.0.1\nprogram etcd\nprogram kube-apiserver\nprogram kubelet\nserver ' +
    'https://10.0.0.9:8443\ncluster kubernetes\nversion 1.27.3\n',
);
const worker = readDiscovery(
  'name w-1\naddress 10.0.0.2\nprogram kubelet\nserver https://10.0.0.9:8443\ncluster default-cluster\nversion ' +
    '1.27.3\n',
);

test('hosts get their own names, and roles by what runs there', () => {
  const spec = adoption([
    { host: host('10.0.0.1'), facts: plane },
    { host: host('w.example.org'), facts: worker },
    { host: host('10.0.0.3'), why: 'connection refused' },
  ]);
  expect(spec.hosts.map(one => [one.name, one.address, one.roles])).toEqual([
    ['cp-1', '10.0.0.1', ['etcd', 'controlPlane']],
    ['w-1', '10.0.0.2', ['worker']],
    ['10.0.0.3', '10.0.0.3', []],
  ]);
  expect([spec.name, spec.kubernetes, spec.endpoint.address, spec.endpoint.port]).toEqual([
    'kubernetes',
    '1.27.3',
    '10.0.0.9',
    8443,
  ]);
});

test('an API server is asked where it says that it listens', () => {
  const asked = [
    {
      host: host('10.0.0.1'),
      facts: readDiscovery('name a\naddress 10.0.0.1\nprogram kube-apiserver\napi-port 16443\n'),
    },
    { host: host('10.0.0.2'), facts: plane },
  ];
  expect(subjects(asked).map(one => one.apiPort)).toEqual([16443, undefined]);
});

test('two hosts that call themselves the same stay two, under the names they were given', () => {
  const twin = { host: host('10.0.0.4'), facts: { ...worker, address: '10.0.0.4' } };
  expect(
    adoption([{ host: host('10.0.0.2'), facts: worker }, twin, { host: host('10.0.0.1'), facts: plane }]).hosts.map(
      one => one.name,
    ),
  ).toEqual(['10.0.0.2', '10.0.0.4', 'cp-1']);
});

test('output that makes no sense gives no name and no address', () => {
  expect(readDiscovery('\u001b[31m garbage\nname\naddress $(reboot)\n')).toEqual({
    name: '',
    address: '',
    programs: [],
    server: '',
    cluster: '',
    version: '',
  });
  expect(adoption([{ host: host('10.0.0.1'), facts: readDiscovery('') }])).toMatchObject({
    name: 'adopted',
    hosts: [{ name: '10.0.0.1', roles: [] }],
  });
});

test.each(['sh', 'dash', 'bash'])('the question is a script that %s runs, on any host', shell => {
  const output = execFileSync(
    shell,
    ['-c', 'if command -v "$0" >/dev/null; then exec "$0" -s; else exec sh -s; fi', shell],
    { input: discoveryScript, encoding: 'utf8' },
  );
  expect(readDiscovery(output).name).not.toBe('');
});

const made = async (commonName: string) =>
  createAuthority({ commonName, days: 10, algorithm: 'ecdsa-p256', now: new Date('2026-01-01') });
const files = (name: string, cert: string, key?: string, roles: readonly string[] = ['controlPlane']) => ({
  host: name,
  roles,
  files: { '/etc/kubernetes/pki/ca.crt': cert, ...(key === undefined ? {} : { '/etc/kubernetes/pki/ca.key': key }) },
});

test('the true CA is the one whose key lies on most hosts, not the one whose certificate does', async () => {
  const [real, other] = await Promise.all([made('kubernetes'), made('kubernetes')]);
  expect(
    electSecrets([
      files('a', other.certPem, real.keyPem),
      files('b', other.certPem),
      files('c', real.certPem, real.keyPem),
    ])['pki/ca.crt'],
  ).toBe(real.certPem);
});

test('what the vault holds stays true while any host has it', async () => {
  const [real, other] = await Promise.all([made('kubernetes'), made('kubernetes')]);
  const hosts = [
    files('a', other.certPem, other.keyPem),
    files('b', other.certPem, other.keyPem),
    files('c', real.certPem, real.keyPem),
  ];
  expect(electSecrets(hosts)['pki/ca.crt']).toBe(other.certPem);
  expect(electSecrets(hosts, { ca: real.certPem })['pki/ca.crt']).toBeUndefined();
});

test('the word of workers elects no CA, however many they are', async () => {
  const [real, other] = await Promise.all([made('kubernetes'), made('kubernetes')]);
  expect(
    electSecrets([
      files('w-1', other.certPem, other.keyPem, ['worker']),
      files('w-2', other.certPem, other.keyPem, []),
      files('w-3', other.certPem, other.keyPem, ['worker', 'loadBalancer']),
      files('cp', real.certPem, real.keyPem),
    ])['pki/ca.crt'],
  ).toBe(real.certPem);
});

test('one host that says it is a control plane, alone against another, elects no CA and no key of accounts', async () => {
  const [real, other] = await Promise.all([made('kubernetes'), made('kubernetes')]);
  const account = (one: ReturnType<typeof files>, key: string) => ({
    ...one,
    files: { ...one.files, '/etc/kubernetes/pki/sa.key': key },
  });
  const liar = account(files('w-1', other.certPem, other.keyPem), other.keyPem);
  const honest = account(files('cp-1', real.certPem, real.keyPem), real.keyPem);
  for (const hosts of [
    [liar, honest],
    [honest, liar],
  ])
    expect(electSecrets(hosts)).toEqual({});
  const second = account(files('cp-2', real.certPem, real.keyPem), real.keyPem);
  const elected = electSecrets([liar, honest, second]);
  expect([elected['pki/ca.crt'], elected['pki/sa.key']]).toEqual([real.certPem, real.keyPem]);
});
