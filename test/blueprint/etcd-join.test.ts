/** Who joins a living etcd, and how: the scripts run, with an etcdctl of paper. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../src/model/host-facts.js';
import { reveal } from '../../src/model/content.js';
import type { CommandWant, FileWant } from '../../src/resources/wants.js';
import { data, found, keys, program, resources, root, sh } from './paper-host.js';

test('who joins: a host without data of an etcd that has lived, and without the mark of a member', () => {
  expect(keys(resources(false, {}, {}, {}))).toEqual([]);
  expect(keys(resources(false, data, {}, {}))).toEqual([]);
  expect(keys(resources(true, data, data, {}))).toEqual(['kw-3 etcd-join']);
  expect(keys(resources(true, data, data, { lived: ['member'] }))).toEqual([]);
  const one = found(resources(true, data, {}, data), 'kw-2', 'etcd.service');
  expect(one.after).toContain('kw-2/command/etcd-join');
});

test('of two that join the second waits until the first one runs', () => {
  const all = resources(true, data, {}, {});
  expect(found(all, 'kw-3', 'etcd-join').after).toContain('kw-2/command/etcd-member');
  // One that was cut off before it was promoted has data, and no mark.
  const { lived: _, ...learner } = data;
  const next = resources(true, data, learner, {});
  expect(keys(next)).toEqual(['kw-3 etcd-join']);
  expect(found(next, 'kw-3', 'etcd-join').after).toContain('kw-2/command/etcd-member');
  expect(found(next, 'kw-1', 'etcd-members').after).toEqual(
    expect.arrayContaining(['kw-2/command/etcd-member', 'kw-3/command/etcd-member']),
  );
});

test('a living member keeps the list of its first start, and only what kw writes', () => {
  const unitOf = (fact: Partial<HostFacts>): string => {
    const { content } = found(resources(true, fact, data, data), 'kw-1', '/etc/systemd/system/etcd.service')
      .want as FileWant;
    return /--initial-cluster=(\S*)/.exec(reveal(content, String))?.[1] ?? '';
  };
  const first = (count: number): string =>
    Array.from({ length: count }, (_, n) => `kw-${n + 1}=https://10.0.0.1${n + 1}:2380`).join(',');
  const [one, all] = [first(1), first(3)];
  expect(unitOf({ ...data, etcdInitial: one })).toBe(one);
  expect(unitOf({ etcdInitial: one })).toBe(all);
  expect(unitOf(data)).toBe(all);
  expect(unitOf({ ...data, etcdInitial: `${one},$(x)=https://10.0.0.9:2380` })).toBe(all);
  expect(unitOf({ ...data, etcdInitial: 'kw-1=https://10.0.0.9:2380' })).toBe(all);
});

test('where the data are given up, the mark goes with them', () => {
  expect(keys(resources(true, { lived: ['member'] }, {}, {}))).toEqual(['kw-1 etcd-mark']);
});

describe('joining', () => {
  /** `list`: as `member list` prints it; a member is removed and added there. `dead`: hosts that do not answer. */
  const etcd = (list: readonly string[], dead = ''): void => {
    writeFileSync(join(root, 'list'), `${list.join('\n')}\n`);
    program(
      'etcdctl',
      `#!/bin/sh
echo "$*" >>${root}/calls
for d in ${dead}; do case $* in *"//$d:"*) exit 1;; esac; done
case $* in
*'member list'*) cat ${root}/list ;;
*'member remove'*) for id; do :; done; grep -v "^$id," ${root}/list >${root}/list.new; mv ${root}/list.new ${root}/list ;;
*'member add'*) echo '9a9, unstarted, , https://10.0.0.13:2380, , true' >>${root}/list ;;
esac
`,
    );
  };
  const line = (n: number, urls = `https://10.0.0.1${n}:2379`): string =>
    `1a${n}, started, kw-${n}, https://10.0.0.1${n}:2380, ${urls}, false`;
  const peer = (n: number): string => `kw-${n}=https://10.0.0.1${n}:2380`;
  const want = () => found(resources(true, data, data, {}), 'kw-3', 'etcd-join').want as CommandWant;
  const dropIn = (): string => join(root, 'systemd/etcd.service.d/kw-join.conf');
  const calls = (word: string): number =>
    readFileSync(join(root, 'calls'), 'utf8')
      .split('\n')
      .filter(call => call.includes(word)).length;

  test.each([
    ['its old self is known', [line(1), line(2), line(3)], 1, 1],
    ['it was to be there from the beginning, and never ran', [line(1), line(2), line(3, '')], 1, 1],
    ['it was added already', [line(1), line(2), '1a3, unstarted, , https://10.0.0.13:2380, , true'], 0, 0],
    ['its old self was removed already', [line(1), line(2)], 0, 1],
  ] as const)('%s', (_, list, removed, added) => {
    etcd(list);
    expect(sh(want().unless).out).toContain('it joins');
    expect(sh(want().run)).toMatchObject({ code: 0, err: '' });
    expect([calls('member remove'), calls('member add')]).toEqual([removed, added]);
    expect(readFileSync(dropIn(), 'utf8')).toMatch(
      /^\[Service\]\nExecStart=\nExecStart=\/usr\/local\/bin\/etcd [\s\S]*--initial-cluster-state=existing/,
    );
    expect(calls('--learner')).toBe(added);
    expect(dropIn()).toSatisfy((path: string) =>
      readFileSync(path, 'utf8').includes(`--initial-cluster=${[1, 2, 3].map(peer).join(',')} `),
    );
    expect(sh(want().unless).out).toBe('');
  });

  test('the list of its first start is the one that etcd has, not the one of the file', () => {
    etcd([line(1)]);
    const { run } = found(resources(true, data, {}, {}), 'kw-3', 'etcd-join').want as CommandWant;
    expect(sh(run)).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(dropIn(), 'utf8')).toContain(`--initial-cluster=${peer(1)},${peer(3)} `);
  });

  test('whoever has joined before it stays: only its own old self goes then', () => {
    etcd([line(1), line(2)]);
    const { run } = found(resources(true, data, {}, {}), 'kw-3', 'etcd-join').want as CommandWant;
    expect(sh(run)).toMatchObject({ code: 0, err: '' });
    expect([calls('member remove'), calls('member add')]).toEqual([0, 1]);
  });

  test('members that it cannot read are no list to start with', () => {
    etcd([line(1), line(2), '7, started, a b, https://10.0.0.17:2380, https://10.0.0.17:2379, false']);
    expect(sh(want().run)).toMatchObject({ code: 1, err: expect.stringContaining('not as kw makes them') });
    expect(existsSync(dropIn())).toBe(false);
  });

  test('nothing is removed while one of the others does not answer', () => {
    etcd([line(1), line(2), line(3)], '10.0.0.12');
    expect(sh(want().run)).toMatchObject({
      code: 1,
      err: expect.stringContaining('https://10.0.0.12:2379 does not answer'),
    });
    expect([calls('member remove'), calls('member add'), existsSync(dropIn())]).toEqual([0, 0, false]);
  });
});
