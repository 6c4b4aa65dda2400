/** The mark of a member on its host, and how one that was installed anew joins: the scripts run, with an etcdctl of paper. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import { reveal } from '../../src/model/content.js';
import type { Resource } from '../../src/model/resource.js';
import type { CommandWant, FileWant, ServiceWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost, inputFor, released } from '../golden/input.js';

const checked = readCluster(
  'name: demo\nkubernetes: 1.29.3\nendpoint: {address: 10.0.0.100}\nhosts:\n' +
    [1, 2, 3].map(n => `  - {name: kw-${n}, address: 10.0.0.1${n}, roles: [etcd, controlPlane]}\n`).join(''),
  'cluster.yaml',
);
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const spec = checked.value;

const resources = (etcdLived: boolean, ...facts: readonly Partial<HostFacts>[]): readonly Resource[] =>
  cluster({
    ...inputFor(spec, released('1.29.3', '1.7.27')),
    etcdLived,
    facts: new Map(spec.hosts.map(({ name }, at) => [name, emptyHost(name, facts[at])])),
  });
const data: Partial<HostFacts> = { etcdDataExists: true, lived: ['member'] };
const keys = (all: readonly Resource[]): readonly string[] =>
  all.filter(({ key }) => /^etcd-(join|mark)$/.test(key)).map(({ host, key }) => `${host} ${key}`);
const found = (all: readonly Resource[], host: string, key: string): Resource => {
  const one = all.find(each => each.host === host && each.key === key);
  if (!one) throw new Error(`${host} has no ${key}`);
  return one;
};

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
  expect(found(next, 'kw-1', 'etcd-member').after).toEqual(
    expect.arrayContaining(['kw-2/command/etcd-member', 'kw-3/command/etcd-member']),
  );
});

test('a living member keeps the list of its first start, and only what kw writes', () => {
  const unitOf = (fact: Partial<HostFacts>): string => {
    const { content } = found(resources(true, fact, data, data), 'kw-1', '/etc/systemd/system/etcd.service')
      .want as FileWant;
    return /--initial-cluster=(\S*)/.exec(reveal(content, String))?.[1] ?? '';
  };
  const [one, all] = [1, 3].map(count =>
    Array.from({ length: count }, (_, n) => `kw-${n + 1}=https://10.0.0.1${n + 1}:2380`).join(','),
  );
  expect(unitOf({ ...data, etcdInitial: one })).toBe(one);
  expect(unitOf({ etcdInitial: one })).toBe(all);
  expect(unitOf(data)).toBe(all);
  expect(unitOf({ ...data, etcdInitial: `${one},$(x)=https://10.0.0.9:2380` })).toBe(all);
  expect(unitOf({ ...data, etcdInitial: 'kw-1=https://10.0.0.9:2380' })).toBe(all);
});

test('where the data are given up, the mark goes with them', () => {
  expect(keys(resources(true, { lived: ['member'] }, {}, {}))).toEqual(['kw-1 etcd-mark']);
});

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-member-'));
  for (const folder of ['bin', 'etc', 'etcd', 'run', 'systemd']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

const here = (script: string): string =>
  script
    .replaceAll('/usr/local/bin/etcdctl', `${root}/bin/etcdctl`)
    .replaceAll('/usr/local/lib/kubewizard/etcd-member', `${root}/bin/etcd-member`)
    .replaceAll('/etc/kubernetes/etcd-member', `${root}/etc/mark`)
    .replaceAll('/var/lib/etcd', `${root}/etcd`)
    .replaceAll('/run/kubewizard', `${root}/run`)
    .replaceAll('/run/systemd/system', `${root}/systemd`)
    .replaceAll('systemctl daemon-reload', ':')
    .replaceAll('-lt 120 ]', '-lt 9 ]')
    .replaceAll('sleep 9', ':')
    .replaceAll('sleep 1', ':');
const program = (name: string, text: string): void => {
  writeFileSync(join(root, 'bin', name), text);
  chmodSync(join(root, 'bin', name), 0o755);
};
const sh = (script: string) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here(script)], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${root}/bin:${process.env.PATH}` },
  });
  return { code: status, out: stdout, err: stderr };
};
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
    expect(run('state kw-1=https://10.0.0.11:2380').out).toBe('other members of etcd are recorded\n');
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
    expect(run(`state ${members}`).out).toBe('');
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
