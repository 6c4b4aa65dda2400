import { expect, test } from 'vitest';
import type { RestoreMember } from '../../src/facts/restore-member.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { Address } from '../../src/net/address.js';
import { blankHosts, runningNow, stopsRecovery, stopsRestore, strangeClients } from '../../src/preflight/restore.js';
import { readCluster } from '../../src/spec/index.js';

const specOf = (more = ''): ClusterSpec => {
  const hosts = [1, 2, 3].map(at => `  - {name: kw-${at}, address: 10.0.0.1${at}}\n`).join('');
  const checked = readCluster(
    `name: prod\nkubernetes: 1.36.3\nendpoint: {address: 10.0.0.100}\nhosts:\n${hosts}${more}`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const spec = specOf();
const at = (text: string): Address => text as Address;
const member = (more: Partial<RestoreMember> = {}): RestoreMember => ({
  etcd: '3.6.8',
  data: true,
  quorum: false,
  members: [1, 2, 3].map(n => ({ name: `kw-${n}`, address: at(`10.0.0.1${n}`) })),
  clients: [],
  ...more,
});
const blank: RestoreMember = { data: false, quorum: false, members: [], clients: [] };
const all = (...list: readonly RestoreMember[]) => new Map(list.map((one, n) => [`kw-${n + 1}`, one]));
const run = (time: string, digest: string) => ({ run: `${time}-abababababab`, sha256: digest, members: ['kw-1'] });

test('nothing stops a restore where nothing speaks against it', () => {
  expect(stopsRestore(spec, all(member(), member(), blank), [])).toBeUndefined();
});

test.each([
  ['a disk that is not mounted', all(member({ unmounted: '/srv/etcd', data: false })), '/srv/etcd', 'mount /srv/etcd'],
  [
    'a member that the file does not name',
    all(member({ members: [{ name: 'kw-9', address: at('10.0.0.19') }] })),
    'kw-9 (10.0.0.19)',
    '--without kw-9',
  ],
  ['a restore that cannot be told', all(member({ running: 'unreadable' })), 'does not say', 'rm /var/lib/'],
  [
    'two restores of different backups',
    all(member({ running: run('1', 'a') }), member({ running: run('2', 'b') })),
    '1-abababababab and 2-abababababab',
    'on each host',
  ],
])('%s does, with the thing, the fact and the next act', (_what, members, says, help) => {
  const stopped = stopsRestore(spec, members, []);
  expect(stopped).toMatchObject({ class: 'refused', message: expect.stringContaining(says) });
  expect(stopped?.help).toContain(help);
});

test('a log in a folder of its own is not half exchanged', () => {
  const elsewhere = specOf('components:\n  etcd:\n    extraArgs: {wal-dir: /srv/wal}\n');
  expect(stopsRestore(elsewhere, all(member()), [])?.message).toContain('/srv/wal');
});

test('whom a person calls gone is no stranger', () => {
  const grown = all(member({ members: [{ name: 'kw-9', address: at('10.0.0.19') }] }));
  expect(stopsRestore(spec, grown, ['kw-9'])).toBeUndefined();
});

test('a host that was installed anew is blank, one that only lost its disk is not', () => {
  const { etcd: _, ...bare } = member({ data: false });
  expect(blankHosts(all(member(), bare, member({ data: false })))).toEqual(['kw-2']);
});

test('of two runs of one backup the later one goes on', () => {
  const members = all(member({ running: run('1', 'a') }), member({ running: run('2', 'a') }), member());
  expect(stopsRestore(spec, members, [])).toBeUndefined();
  expect(runningNow(members)?.run).toBe('2-abababababab');
  expect(runningNow(all(member()))).toBeUndefined();
});

test('who talks to etcd and is no host of the file is named', () => {
  const clients = ['10.0.0.12', '127.0.0.1', '::1', '10.0.0.77', '10.0.0.100'].map(at);
  expect(strangeClients(spec, all(member({ clients })))).toEqual(['10.0.0.100', '10.0.0.77']);
});

test.each([
  ['a quorum that answers', all(member({ quorum: true }), member(), blank), undefined, 'has its quorum'],
  ['two of three with their data', all(member(), member(), blank), undefined, 'a quorum of 3'],
  ['nobody with data', all(blank, blank, blank), undefined, 'kw restore'],
  ['a named one without data', all(member(), blank, blank), 'kw-2', 'kw-1'],
  ['a quorum that answers, also for who names one', all(member({ quorum: true })), 'kw-1', 'has its quorum'],
])('a recovery is stopped by %s', (_what, members, named, says) => {
  const stopped = stopsRecovery(spec, members, { named });
  expect(`${stopped?.message} ${stopped?.help}`).toContain(says);
  expect(stopped?.message).not.toContain('undefined');
});

test('it is not where the quorum is lost, by the members that were recorded, or where a person names one', () => {
  expect(stopsRecovery(spec, all(member(), blank, blank), { named: undefined })).toBeUndefined();
  expect(stopsRecovery(spec, all(member(), member(), blank), { named: 'kw-2' })).toBeUndefined();
  const five = [1, 2, 3, 4, 5].map(n => ({ name: `kw-${n}`, address: at(`10.0.0.1${n}`) }));
  const shrunk = all(member({ members: five }), member({ members: five }), blank);
  expect(stopsRecovery(spec, shrunk, { named: undefined })).toBeUndefined();
});
