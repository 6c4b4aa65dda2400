/** How a member leaves etcd where the file takes the role: the script runs, with an etcdctl of paper. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HostFacts } from '../../src/model/host-facts.js';
import type { Resource } from '../../src/model/resource.js';
import type { CommandWant, FileWant, ServiceWant } from '../../src/resources/wants.js';
import { data, found, program, resourcesOf, root, sh, specOf } from './paper-host.js';

const both = 'etcd, controlPlane';
const spec = specOf(both, 'controlPlane', 'controlPlane');
const all = (...facts: readonly Partial<HostFacts>[]): readonly Resource[] => resourcesOf(spec, true, ...facts);
const leaving = (resources: readonly Resource[]): readonly string[] =>
  resources.filter(({ key }) => key === 'etcd-leave').map(({ host }) => host);

test('who leaves: a host of the file without the role that has a member, or what is left of one', () => {
  expect(leaving(all(data, data, data))).toEqual(['kw-2', 'kw-3']);
  expect(leaving(all(data, {}, {}))).toEqual([]);
  expect(leaving(all(data, { etcdDataExists: true }, { lived: ['member'] }))).toEqual(['kw-3']);
  expect(leaving(all(data, { etcdDataExists: true, etcdInitial: 'x' }, {}))).toEqual(['kw-2']);
  expect(leaving(all(data, { etcdOurs: true }, {}))).toEqual(['kw-2']);
  expect(leaving(all({}, data, data))).toEqual([]);
});

test('one after another, once no API server asks them; what stays records it; the data and the mark go last', () => {
  const resources = all(data, data, data);
  const { after } = found(resources, 'kw-3', 'etcd-leave');
  expect(after).toEqual(
    expect.arrayContaining([
      'kw-2/command/etcd-leave',
      ...[1, 2, 3].map(n => `kw-${n}/service/kube-apiserver.service`),
    ]),
  );
  expect(found(resources, 'kw-1', 'etcd-members').after).toContain('kw-3/command/etcd-leave');
  const service = found(resources, 'kw-3', 'etcd.service');
  expect([(service.want as ServiceWant).running, service.after]).toEqual([false, ['kw-3/command/etcd-leave']]);
  const own = resources.filter(
    ({ host, because }) => host === 'kw-3' && /etcd lives on this host no more/.test(because),
  );
  const last = found(resources, 'kw-3', 'etcd-aside');
  const gone = own.filter(({ want }) => (want as FileWant).absent).map(({ kind, key }) => `kw-3/${kind}/${key}`);
  expect(last.after).toEqual(gone);
  expect(gone).toContain('kw-3/file//etc/systemd/system/etcd.service');
  expect(gone).not.toContain('kw-3/file//etc/kubernetes/pki/etcd/ca.crt');
});

const line = (n: number): string =>
  `1a${n}, started, kw-${n}, https://10.0.0.1${n}:2380, https://10.0.0.1${n}:2379, false`;
/** `dead`: addresses that do not answer; the member 2 leads where `leads`. */
const etcd = (list: readonly string[], { dead = '', leads = false } = {}): void => {
  writeFileSync(join(root, 'list'), `${list.join('\n')}\n`);
  program(
    'etcdctl',
    `#!/bin/sh
for d in ${dead}; do case $* in *"//$d:"*) exit 1;; esac; done
case $* in
*status*) echo '[{"Status":{"header":{"cluster_id":1,"member_id":22,"revision":5},"leader":${leads ? 22 : 33}}}]' ;;
*'member list'*) cat ${root}/list ;;
*'member remove'*) echo "$*" >>${root}/calls; for id; do :; done; grep -v "^$id," ${root}/list >${root}/list.new
  mv ${root}/list.new ${root}/list ;;
*move-leader*) echo "$*" >>${root}/calls ;;
esac
`,
  );
};
const leave = () => sh((found(all(data, data, data), 'kw-2', 'etcd-leave').want as CommandWant).run);
const calls = (): readonly string[] =>
  existsSync(join(root, 'calls'))
    ? readFileSync(join(root, 'calls'), 'utf8')
        .trim()
        .split('\n')
        .map(call => call.replace(/^--endpoints=https:\/\/(\S+):\d+ .*--command-timeout=\S+ /, '$1 '))
    : [];

test.each([
  [
    'it leads: that is handed over to one that stays',
    [line(1), line(2), line(3)],
    { leads: true },
    ['10.0.0.12 move-leader 1a1', '10.0.0.11 member remove 1a2'],
  ],
  ['it follows', [line(1), line(2), line(3)], {}, ['10.0.0.11 member remove 1a2']],
  ['it does not run any more', [line(1), line(2), line(3)], { dead: '10.0.0.12' }, ['10.0.0.11 member remove 1a2']],
  ['it left in a run that was cut off', [line(1), line(3)], {}, []],
  [
    'it was added in a run that was cut off, and never ran',
    [line(1), '1a2, unstarted, , https://10.0.0.12:2380, , true'],
    { dead: '10.0.0.12 10.0.0.13' },
    ['10.0.0.11 member remove 1a2'],
  ],
  ['an address that only begins as its own', [line(1), '1a9, started, x, https://10.0.0.12:23801, , false'], {}, []],
] as const)('%s', (_, list, how, done) => {
  etcd(list, how);
  expect(leave()).toMatchObject({ code: 0, err: '' });
  expect(calls()).toEqual(done);
  const { unless } = found(all(data, data, data), 'kw-2', 'etcd-leave').want as CommandWant;
  expect(sh(unless).out).toBe('');
});

test.each([
  ['one that stays does not answer', { dead: '10.0.0.11' }, 'etcd at https://10.0.0.11:2379 does not answer'],
  [
    'too few would answer without it',
    { dead: '10.0.0.13' },
    'without this member 1 others of etcd would answer, and 2 must',
  ],
] as const)('it stays: %s', (_, how, says) => {
  etcd([line(1), line(2), line(3)], how);
  expect(leave()).toMatchObject({ code: 1, err: expect.stringContaining(says) });
  expect(calls()).toEqual([]);
});

test('its data are put aside, and its mark goes', () => {
  mkdirSync(join(root, 'etcd/member'));
  writeFileSync(join(root, 'etc/mark'), 'cluster=1\n');
  const { unless, run } = found(all(data, data, data), 'kw-2', 'etcd-aside').want as CommandWant;
  expect(sh(unless).out).not.toBe('');
  expect(sh(run).code).toBe(0);
  expect([existsSync(join(root, 'etcd/member.before')), existsSync(join(root, 'etc/mark')), sh(unless).out]).toEqual([
    true,
    false,
    '',
  ]);
});
