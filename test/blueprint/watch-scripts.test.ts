/** What runs on hosts while nobody looks, by a real shell against commands that are scripts with their manners. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { readyz } from '../../src/blueprint/components/apiserver.js';
import { mask } from '../../src/model/content.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from '../golden/input.js';

const five = readFileSync(new URL('../golden/five-hosts.yaml', import.meta.url), 'utf8').replace('VERSION', '1.37.2');
const checked = readCluster(five, 'five-hosts.yaml');
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const resources = cluster(inputFor(checked.value, released('1.37.2', '2.1.9')));
const scriptOf = (host: string, name: string): string => {
  const found = resources.find(one => one.host === host && one.key === `/usr/local/lib/kubewizard/${name}`);
  if (!found) throw new Error(`no ${name} on ${host}`);
  return mask((found.want as Wants['file']).content);
};

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-watch-'));
  mkdirSync(join(root, 'bin'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const stub = (name: string, text: string): void => {
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
};
const put = (name: string, text: string): void => {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), text);
};
const output = (name: string): readonly string[] =>
  existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8').trim().split('\n') : [];

function run(script: string, argument = '') {
  const led = [
    '/run/kubewizard',
    '/var/lib/kubewizard',
    '/var/lib/etcd',
    '/usr/local/bin',
    '/etc/kubernetes/network',
    '/usr/local/lib/kubewizard',
    '/proc/uptime',
  ].reduce((text, path) => text.replaceAll(path, path === '/usr/local/bin' ? `${root}/bin` : `${root}${path}`), script);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', led, 'script', argument], {
    env: { ...process.env, PATH: `${root}/bin:${process.env.PATH ?? ''}` },
  });
  return { status, output: `${stdout}${stderr}`.trim() };
}

describe('readiness of an API server', () => {
  const asked = (code: string) => {
    stub('curl', `printf ${code}`);
    stub('kubectl', `echo "$*" >>${root}/kubectl`);
    return run(String(readyz('192.0.2.11'))).status;
  };
  test('is believed where it is said to anybody', () => {
    expect(asked('200')).toBe(0);
    expect(output('kubectl')).toEqual([]);
  });
  test.each(['401', '403'])('is asked with a name where nobody without one is let in (%s)', code => {
    expect(asked(code)).toBe(0);
    expect(output('kubectl').join()).toContain('--client-certificate /etc/kubernetes/pki/apiserver-kubelet-client.crt');
    expect(output('kubectl').join()).not.toContain('admin.conf');
  });
  test.each(['500', '000'])('is denied by %s', code => {
    expect(asked(code)).toBe(1);
    expect(output('kubectl')).toEqual([]);
  });
});

describe('the watchdog of an API server', () => {
  const watch = (host: string) => run(scriptOf(host, 'apiserver-watchdog'));
  const times = (host: string, count: number): void => {
    for (let i = 0; i < count; i++) watch(host);
  };
  /** Answers by address; what is not in `codes` does not answer. */
  const answers = (codes: Readonly<Record<string, string>>): void =>
    stub(
      'curl',
      `${Object.entries(codes)
        .map(([at, code]) => `case "$*" in *${at}:*) printf ${code}; exit 0;; esac`)
        .join('\n')}\nprintf 000; exit 28`,
    );
  beforeEach(() => {
    stub('systemctl', `case $1 in is-active) [ ! -e ${root}/stopped ];; kill) echo "$*" >>${root}/killed;; esac`);
    put('proc/uptime', '5000.00 1.0\n');
  });

  test.each(['200', '401', '403'])('an answer of %s is a life', code => {
    answers({ '192.0.2.11': code });
    times('kw-1', 20);
    expect(output('killed')).toEqual([]);
  });

  test('six silent questions end it, once in ten minutes', () => {
    answers({ '192.0.2.12': '200' });
    times('kw-1', 5);
    expect(output('killed')).toEqual([]);
    times('kw-1', 1);
    expect(output('killed')).toEqual(['kill -s KILL kube-apiserver.service']);
    times('kw-1', 20);
    expect(output('killed')).toHaveLength(1);
    put('proc/uptime', '5601.00 1.0\n');
    times('kw-1', 6);
    expect(output('killed')).toHaveLength(2);
  });

  test('one good answer forgets the silence before it', () => {
    answers({ '192.0.2.12': '200' });
    times('kw-1', 5);
    answers({ '192.0.2.11': '200' });
    times('kw-1', 1);
    answers({ '192.0.2.12': '200' });
    times('kw-1', 5);
    expect(output('killed')).toEqual([]);
  });

  test('where all are silent the hosts act one after the other', () => {
    answers({});
    const needed = ['kw-1', 'kw-2', 'kw-3'].map(host => {
      rmSync(join(root, 'run'), { recursive: true, force: true });
      rmSync(join(root, 'killed'), { force: true });
      let count = 0;
      while (output('killed').length === 0 && count < 60) {
        watch(host);
        count += 1;
      }
      return count;
    });
    expect(needed).toEqual([6, 18, 30]);
  });

  test('one that somebody stopped is left stopped', () => {
    answers({});
    put('stopped', '');
    times('kw-1', 20);
    expect(output('killed')).toEqual([]);
  });
});

describe('defragmentation of etcd', () => {
  /** Members by the last part of their address; `used` of 1,000 MB. */
  const members = (leader: number, used: Readonly<Record<number, number>>, silent: readonly number[] = []): void =>
    stub(
      'etcdctl',
      `at=\${1#--endpoints=https://192.0.2.}; at=\${at%%:*}
case " ${silent.join(' ')} " in *" $at "*) exit 1;; esac
case "$*" in
*status*) case $at in ${Object.entries(used)
        .map(([at, mb]) => `${at}) used=${mb}000000;;`)
        .join(' ')} esac
  echo "[{\\"Status\\":{\\"header\\":{\\"member_id\\":18374686479671623$at},\\"dbSize\\":1000000000,\\"leader\\":18374686479671623${leader},\\"dbSizeInUse\\":$used}}]";;
*defrag*) echo $at >>${root}/done;;
esac`,
    );
  const defragment = (host: string) => run(scriptOf(host, 'etcd-defragment'));

  test('is the leader’s business, and it comes last', () => {
    members(12, { 11: 100, 12: 100, 13: 100 });
    expect(defragment('kw-1')).toEqual({ status: 0, output: '' });
    expect(output('done')).toEqual([]);
    expect(defragment('kw-2').status).toBe(0);
    expect(output('done')).toEqual(['11', '13', '12']);
  });

  test('leaves those alone that have little to win', () => {
    members(11, { 11: 900, 12: 100, 13: 501 });
    expect(defragment('kw-1').status).toBe(0);
    expect(output('done')).toEqual(['12']);
  });

  test('touches nothing while a member is away', () => {
    members(11, { 11: 100, 12: 100, 13: 100 }, [13]);
    expect(defragment('kw-1')).toMatchObject({
      status: 1,
      output: expect.stringContaining('192.0.2.13:2379 does not answer') as string,
    });
    expect(output('done')).toEqual([]);
  });
});

describe('the keeper of the pod network', () => {
  const keep = () => run(scriptOf('kw-1', 'network-keeper'), 'check');
  const ups = () => output('ups').length;
  beforeEach(() => {
    put('etc/kubernetes/network/config', "PROVIDER='vxlan'\n");
    mkdirSync(join(root, 'usr/local/lib/kubewizard'), { recursive: true });
    writeFileSync(
      join(root, 'usr/local/lib/kubewizard/network'),
      `#!/bin/sh\necho up >>${root}/ups; rm -f ${root}/gone\n`,
    );
    chmodSync(join(root, 'usr/local/lib/kubewizard/network'), 0o755);
    stub(
      'systemctl',
      `case $1 in is-active) [ ! -e ${root}/stopped ];; show) echo "ActiveEnterTimestampMonotonic=1";; esac`,
    );
    stub(
      'ip',
      `case "$*" in 'route show proto 107') [ -e ${root}/gone ] || echo '10.244.1.0/24 via 10.244.1.0 dev kw.vxlan onlink';; esac`,
    );
    stub('bridge', `[ ! -e ${root}/foreign ] || echo '33:33:00:00:00:01 dev kw.vxlan self permanent'`);
    stub('iptables', `echo '-P FORWARD ACCEPT'; [ ! -e ${root}/foreign ] || echo '-A FORWARD -j DOCKER-USER'`);
  });

  test('does nothing while all is there, whatever others add', () => {
    keep();
    const before = ups();
    put('foreign', '');
    for (let i = 0; i < 5; i++) expect(keep()).toEqual({ status: 0, output: '' });
    expect(ups()).toBe(before);
  });

  test('sets up again what went, and says so once', () => {
    keep();
    const before = ups();
    put('gone', '');
    expect(keep().output).toContain('set up again');
    expect(ups()).toBe(before + 1);
    expect(keep()).toEqual({ status: 0, output: '' });
    expect(ups()).toBe(before + 1);
  });

  test('leaves a network alone that somebody stopped', () => {
    keep();
    const before = ups();
    put('stopped', '');
    put('gone', '');
    for (let i = 0; i < 3; i++) keep();
    expect(ups()).toBe(before);
  });
});
