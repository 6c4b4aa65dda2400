/** A host that moves to another address: who still knows the former one, what is said of it, what is refused. */
import { expect, test } from 'vitest';
import { formerAddresses, movesFrom } from '../../src/blueprint/access/former-addresses.js';
import { cluster } from '../../src/blueprint/cluster.js';
import type { Input } from '../../src/blueprint/input.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import { idOf, type Resource } from '../../src/model/resource.js';
import { movesAtOnce, movingFindings } from '../../src/preflight/moving.js';
import type { CertificateWant, ServiceWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost, inputFor, released } from '../golden/input.js';

const names = ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5'];
const peersAt = (moved: Readonly<Record<string, string>> = {}) =>
  names.map((name, n) => ({ name, address: moved[name] ?? `10.0.0.${n + 1}`, podCidr: `10.244.${n}.0/24` }));

/** Three control planes and two workers as they were built, with a file that has some of them elsewhere. */
const inputOf = (
  file: Readonly<Record<string, string>>,
  told: Readonly<Record<string, Partial<HostFacts>>> = {},
): Input => {
  const roleOf = (n: number): string => (n < 3 ? '[etcd, controlPlane]' : '[worker]');
  const hosts = names.map(
    (name, n) => `{name: ${name}, address: ${file[name] ?? `10.0.0.${n + 1}`}, roles: ${roleOf(n)}}`,
  );
  const endpoint = 'endpoint: {address: 10.0.0.100, balance: virtual-address}';
  const checked = readCluster(`name: demo\nkubernetes: 1.29.3\n${endpoint}\nhosts: [${hosts.join(', ')}]\n`, 'x.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const spec = checked.value;
  const etcdMembers = [1, 2, 3].map(n => `kw-${n}=https://10.0.0.${n}:2380`).join(',');
  const carries = [{ address: '10.0.0.100', id: 77, instance: 'kubernetes_api' }];
  const factOf = (name: string, n: number): HostFacts =>
    emptyHost(name, {
      lived: n < 3 ? ['member', 'node'] : ['node'],
      etcdDataExists: n < 3,
      etcdMembers: n < 3 ? etcdMembers : '',
      podCidr: `10.244.${n}.0/24`,
      built: { name, runs: n < 3 ? ['apiserver', 'kubelet'] : ['kubelet'], peers: n < 3 ? peersAt() : [], carries },
      ...told[name],
    });
  const facts = new Map(names.map((name, n) => [name, factOf(name, n)]));
  return { ...inputFor(spec, released('1.29.3', '1.7.27')), facts, etcdLived: true };
};

const hostOf = (input: Input, name: string) => {
  const host = input.spec.hosts.find(one => one.name === name);
  if (!host) throw new Error(name);
  return host;
};
const find = (all: readonly Resource[], host: string, key: string): Resource => {
  const one = all.find(each => each.host === host && each.key === key);
  if (!one) throw new Error(`${host} has no ${key}`);
  return one;
};
const sansOf = (one: Resource): readonly string[] => (one.want as CertificateWant).request.sans;

test('where nothing moves nobody has a former address', () => {
  const input = inputOf({});
  expect(input.spec.hosts.flatMap(host => formerAddresses(input, host))).toEqual([]);
  expect(movingFindings(input)).toEqual([]);
  expect(cluster(input).some(({ key }) => key === 'keepalived-steps-back')).toBe(false);
});

test('certificates of a host that moves name both addresses, those of the others none but theirs', () => {
  const all = cluster(inputOf({ 'kw-2': '10.0.0.52' }));
  const serving = ['apiserver.crt', 'etcd/server.crt', 'etcd/peer.crt'].map(name => `/etc/kubernetes/pki/${name}`);
  for (const path of [...serving, '/var/lib/kubelet/pki/kubelet.crt']) {
    expect(sansOf(find(all, 'kw-2', path))).toEqual(expect.arrayContaining(['10.0.0.2', '10.0.0.52']));
    expect(sansOf(find(all, 'kw-1', path)).filter(name => /^10\.0\.0\.\d?[25]/.test(name))).toEqual([]);
  }
});

test('its keepalived steps back before any other reads the new address, and begins when all have', () => {
  const all = cluster(inputOf({ 'kw-2': '10.0.0.52' }));
  const unit = 'kw-keepalived.service';
  const back = idOf(find(all, 'kw-2', 'keepalived-steps-back'));
  for (const other of ['kw-1', 'kw-3']) {
    expect(find(all, other, unit).after).toContain(back);
    expect(find(all, 'kw-2', unit).after).toContain(`${other}/service/${unit}`);
  }
  expect(find(all, 'kw-2', '/etc/kubernetes/keepalived/keepalived.conf').after).toContain(back);
});

test('all members are written down anew, its own once etcd has it there', () => {
  const all = cluster(inputOf({ 'kw-2': '10.0.0.52' }));
  for (const host of ['kw-1', 'kw-2', 'kw-3']) {
    const one = find(all, host, 'etcd-members');
    expect(JSON.stringify(one.want)).toContain('kw-2=https://10.0.0.52:2380');
    expect(one.after).toContain('kw-2/command/etcd-member');
  }
});

test('what is said names both addresses, and what to do with the former', () => {
  const [said, ...others] = movingFindings(inputOf({ 'kw-2': '10.0.0.52' }));
  expect(others).toEqual([]);
  expect(said).toMatchObject({ host: 'kw-2', severity: 'warning', code: 'host-moves' });
  expect(said?.says).toContain('kw-2 moves from 10.0.0.2 to 10.0.0.52');
  expect(said?.help).toContain('take 10.0.0.2 off');
  expect(movingFindings(inputOf({ 'kw-4': '10.0.0.54' }))[0]?.says).not.toContain('etcd');
});

test('two that others count on do not move in one run; any number of workers do', () => {
  const [refused] = movesAtOnce(inputOf({ 'kw-1': '10.0.0.51', 'kw-3': '10.0.0.53' }));
  expect(refused?.says).toMatch(/^hosts\[\]\.address: kw-1 \(10\.0\.0\.1 to 10\.0\.0\.51\), kw-3 /);
  expect(refused?.help).toContain('10.0.0.3 for kw-3');
  expect(movesAtOnce(inputOf({ 'kw-1': '10.0.0.51', 'kw-4': '10.0.0.54', 'kw-5': '10.0.0.55' }))).toEqual([]);
});

test('the only member of etcd does not move: its API server knows no other meanwhile', () => {
  const { spec, facts, ...rest } = inputOf({ 'kw-1': '10.0.0.51' });
  const [first, ...others] = spec.hosts;
  if (!first) throw new Error('no host');
  const alone = { ...spec, hosts: [first, ...others.map(one => ({ ...one, roles: ['worker' as const] }))] };
  const [refused] = movesAtOnce({ ...rest, facts, spec: alone });
  expect(refused?.says).toMatch(/^hosts\[\]\.address: kw-1 \(10\.0\.0\.1 to 10\.0\.0\.51\) has the only member/);
  expect(refused?.help).toContain('write 10.0.0.1 back');
});

test('its member is asked by loopback whether it serves, so that one that is put back is seen, too', () => {
  const ready = (moved: Readonly<Record<string, string>>): string =>
    JSON.stringify((find(cluster(inputOf(moved)), 'kw-2', 'etcd.service').want as ServiceWant).ready);
  expect(ready({ 'kw-2': '10.0.0.52' })).toContain('https://127.0.0.1:2379');
  expect(ready({})).toContain('https://10.0.0.2:2379');
});

test('one that has moved is not said to move for a host that was away meanwhile and remembers', () => {
  const here = { 'kw-2': '10.0.0.52' };
  const etcdMembers = 'kw-1=https://10.0.0.1:2380,kw-2=https://10.0.0.52:2380,kw-3=https://10.0.0.3:2380';
  const built = { name: 'kw-2', runs: ['apiserver', 'kubelet'] as const, peers: peersAt(here) };
  const input = inputOf(here, { 'kw-2': { etcdMembers, built } });
  expect(movesFrom(input, hostOf(input, 'kw-2'))).toBeUndefined();
  expect(formerAddresses(input, hostOf(input, 'kw-2'))).toEqual(['10.0.0.2']);
});

test('who comes blank in the place of one that is gone has no former address', () => {
  const blank = { lived: [], etcdDataExists: false, built: { runs: [], peers: [] }, etcdMembers: '' };
  const input = inputOf({ 'kw-2': '10.0.0.52' }, { 'kw-2': blank });
  expect(formerAddresses(input, hostOf(input, 'kw-2'))).toEqual([]);
  const begun = inputOf({ 'kw-2': '10.0.0.52' });
  const gone = [{ name: 'kw-2', members: [] }];
  expect(formerAddresses({ ...begun, gone }, hostOf(begun, 'kw-2'))).toEqual([]);
});
