/** The mark of a member on its host: its script runs, with an etcdctl of paper. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { reveal } from '../../src/model/content.js';
import type { CommandWant, FileWant, ServiceWant } from '../../src/resources/wants.js';
import { data, found, here, program, resources, root, sh } from './paper-host.js';

const member = (): void => {
  const { content } = found(resources(false), 'kw-1', '/usr/local/lib/kubewizard/etcd-member').want as FileWant;
  program('etcd-member', here(reveal(content, String)));
};
const withData = (): void => {
  for (const folder of ['wal', 'snap']) mkdirSync(join(root, 'etcd/member', folder), { recursive: true });
  for (const path of ['wal/0-0.wal', 'snap/db']) writeFileSync(join(root, 'etcd/member', path), 'x');
};
const status =
  '[{"Endpoint":"x","Status":{"header":{"cluster_id":14841639068965178418,"member_id":10276657743932975437,' +
  '"revision":5,"raft_term":2},"version":"3.5.16"}}]';

describe('the mark of a member', () => {
  const run = (word: string) => sh(`/usr/local/lib/kubewizard/etcd-member ${word}`);
  beforeEach(member);

  test('that it is not recorded is said before the script is there, too', () => {
    rmSync(join(root, 'bin/etcd-member'));
    const { unless } = found(resources(false), 'kw-1', 'etcd-member').want as CommandWant;
    expect(sh(unless).out).toBe('its member is not recorded yet\n');
    member();
    program('etcdctl', '#!/bin/sh\nexit 1\n');
    expect(sh(unless).out).toBe('its member is not recorded yet\n');
  });

  test('nothing is recorded before etcd answers by way of the quorum', () => {
    program('etcdctl', '#!/bin/sh\nexit 1\n');
    expect(run('state').out).toBe('its member is not recorded yet\n');
    expect(run('record')).toMatchObject({ code: 1, err: 'etcd does not answer by way of a quorum\n' });
    expect(existsSync(join(root, 'etc/mark'))).toBe(false);
  });

  test('it names cluster and member as etcdctl does, and is recorded once', () => {
    withData();
    program('etcdctl', `#!/bin/sh\ncase $* in *status*) echo '${status}';; esac\n`);
    expect(run('record').code).toBe(0);
    expect(readFileSync(join(root, 'etc/mark'), 'utf8')).toMatch(
      /^cluster=cdf818194e3a8c32\nmember=8e9e05c52164694d\n(mount=\/.*\n)?$/,
    );
    expect(run('state').out).toBe('');
    expect(run('others kw-1=https://10.0.0.11:2380').out).toBe('other members of etcd are recorded\n');
    program('etcdctl', `#!/bin/sh\ncase $* in *status*) echo '${status.replace('1484', '1384')}';; esac\n`);
    expect(run('state').out).toContain('another member');
    program('etcdctl', '#!/bin/sh\nexit 1\n');
    expect(run('state').out).toBe('');
  });

  const lines = [1, 2].map(n => `${n}, started, kw-${n}, https://10.0.0.1${n}:2380, https://10.0.0.1${n}:2379, false`);
  test('the members are recorded as etcd lists them, without learners', () => {
    withData();
    const list = [...lines.toReversed(), '3, started, kw-3, https://10.0.0.13:2380, https://10.0.0.13:2379, true'];
    program(
      'etcdctl',
      `#!/bin/sh\ncase $* in *status*) echo '${status}';; *list*) cat <<'X'\n${list.join('\n')}\nX\n;; esac\n`,
    );
    expect(run('record').code).toBe(0);
    const members = 'kw-1=https://10.0.0.11:2380,kw-2=https://10.0.0.12:2380';
    expect(readFileSync(join(root, 'etc/mark'), 'utf8')).toContain(`\nmembers=${members}\n`);
    expect(run(`others ${members}`).out).toBe('');
    expect(run('others').out).toBe('');
    const says = (answer: string): void =>
      program('etcdctl', `#!/bin/sh\ncase $* in *status*) echo '${status}';; *list*) ${answer};; esac\n`);
    says(`echo '${lines[0]}'`);
    expect(run('others').out).toBe('other members of etcd are recorded\n');
    says('exit 1');
    expect(run('others').out).toBe('');
  });

  test('a member that runs at another address than is recorded says so, and tells etcd before it is recorded', () => {
    withData();
    const before = lines[0]?.replaceAll('10.0.0.11', '10.0.0.9');
    const look = () => sh((found(resources(true, data, data, {}), 'kw-1', 'etcd-member').want as CommandWant).unless);
    program(
      'etcdctl',
      `#!/bin/sh
echo "$*" >>${root}/calls
case $* in
*status*) echo '${status}' ;;
*update*) [ $(grep -c update ${root}/calls) -gt 1 ] || { echo 'no leader' >&2; exit 1; }; : >${root}/moved ;;
*list*) if [ -e ${root}/moved ]; then echo '${lines[0]}'; else echo '${before}'; fi ;;
esac
`,
    );
    const was = 'cluster=cdf818194e3a8c32\nmember=8e9e05c52164694d\n';
    writeFileSync(join(root, 'etc/mark'), `${was}members=kw-1=https://10.0.0.9:2380\n`);
    expect(look().out).toContain('etcd knows it at another address\n');
    expect(run('record')).toMatchObject({ code: 0, err: '' });
    const calls = readFileSync(join(root, 'calls'), 'utf8');
    expect(calls).toMatch(/member update 8e9e05c52164694d --peer-urls=https:\/\/10\.0\.0\.11:2380$/m);
    expect(readFileSync(join(root, 'etc/mark'), 'utf8')).toContain('members=kw-1=https://10.0.0.11:2380\n');
    expect(look().out).not.toContain('another address');
    // Who was never told of members is not moved.
    writeFileSync(join(root, 'etc/mark'), was);
    expect(look().out).not.toContain('another address');
  });

  /** It is in sync at the `n`th time that it is asked for; the first of the others does not answer. */
  const learning = (n: number): void =>
    program(
      'etcdctl',
      `#!/bin/sh
echo "$*" >>${root}/calls
case $* in
*promote*) case $* in *10.0.0.12:*) echo 'no answer' >&2; exit 1;; esac
  echo x >>${root}/tries
  [ $(grep -c x ${root}/tries) -ge ${n} ] || { echo 'not in sync with leader' >&2; exit 1; }
  : >${root}/voter ;;
*status*) if [ -e ${root}/voter ]; then echo '${status}'; else echo '${status.replace('}}]', ',"isLearner":true}}]')}'; fi ;;
*'get h'*) [ -e ${root}/voter ] ;;
esac
`,
    );
  test('a learner is promoted by another member, once it has caught up, and only then recorded', () => {
    withData();
    learning(4);
    expect(run('record')).toMatchObject({ code: 0, err: '' });
    const calls = readFileSync(join(root, 'calls'), 'utf8').split('\n');
    const promotes = calls.filter(call => call.includes('member promote'));
    expect(promotes.at(-1)).toMatch(/10\.0\.0\.13:2379.* member promote 8e9e05c52164694d$/);
    expect(promotes.some(call => call.includes('10.0.0.11'))).toBe(false);
    expect(existsSync(join(root, 'etc/mark'))).toBe(true);
  });

  test('one that does not catch up stays a learner, says what it waits for, and gets no mark', () => {
    withData();
    learning(1_000_000);
    const ran = run('record');
    expect([ran.code, existsSync(join(root, 'etc/mark'))]).toEqual([1, false]);
    expect(ran.err).toMatch(/does not vote before it has caught up with the others.*kw up goes on.*not in sync/);
  });

  test.each([
    ['no mark, no data', undefined, false, 0, ''],
    ['a mark, and data', 'cluster=1\nmember=2\n', true, 0, ''],
    ['a mark, and no data', 'cluster=1\nmember=2\n', false, 1, 'its data are gone'],
    [
      'a mark, and a disk that is away',
      'cluster=1\nmember=2\nmount=/no/such/disk\n',
      false,
      1,
      'whose data lie on /no/such/disk',
    ],
    ['a mark that was cut off', '', false, 1, 'its data are gone'],
  ])('%s', (_, mark, exists, code, says) => {
    if (mark !== undefined) writeFileSync(join(root, 'etc/mark'), mark);
    if (exists) withData();
    for (const word of ['check', 'hold']) {
      const ran = run(word);
      expect([ran.code, ran.err.includes('etcd is not started')]).toEqual([code, code === 1]);
      expect(ran.err).toContain(says);
    }
    const guard = (found(resources(true, data, data, {}), 'kw-1', 'etcd.service').want as ServiceWant).startGuard;
    expect(sh(`( ${guard}\n)`).code).toBe(code);
  });

  test('a log without its data is no member either', () => {
    writeFileSync(join(root, 'etc/mark'), 'cluster=1\n');
    withData();
    rmSync(join(root, 'etcd/member/snap'), { recursive: true });
    expect(run('check').code).toBe(1);
  });
});
