/** After a CA was signed anew: who has read the old file is started again, once, with programs of paper. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { believes } from '../../src/blueprint/revival/steps.js';
import type { Script } from '../../src/shell/sh.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released, sha256 } from '../golden/input.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-trust-'));
  for (const folder of ['bin', 'state', 'started', 'pki']) mkdirSync(join(root, folder));
  writeFileSync(join(root, 'calls'), '');
  program('sleep', ':');
});
afterEach(() => rmSync(root, { recursive: true }));

const program = (name: string, text: string): void => {
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
};
const calls = (): readonly string[] => readFileSync(join(root, 'calls'), 'utf8').split('\n').filter(Boolean);
const run = (script: Script) => {
  const text = script
    .replaceAll('/run/kubewizard/started', `${root}/started`)
    .replaceAll('/usr/local/bin/kubectl', `${root}/bin/kubectl`)
    .replaceAll('/etc/kubernetes/pki', `${root}/pki`);
  const env = { ...process.env, PATH: `${root}/bin:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', text], { encoding: 'utf8', env });
  return { code: status, out: stdout.trim(), err: stderr.trim() };
};

describe('a unit believes the file that it was started after', () => {
  const began = 1_800_000_000;
  beforeEach(() => {
    writeFileSync(join(root, 'state/active'), 'active');
    writeFileSync(join(root, 'state/began'), String(began));
    writeFileSync(join(root, 'started/etcd.service'), 'what it has read\n');
    program(
      'systemctl',
      `echo "$*" >>${root}/calls
case "$*" in *ExecMainStartTimestamp*) echo "ExecMainStartTimestamp=$(date -u -d "@$(cat ${root}/state/began)" \
+'%a %Y-%m-%d %H:%M:%S UTC')" ;;
*ActiveState*) echo "ActiveState=$(cat ${root}/state/active)" ;;
*is-active*) [ "$(cat ${root}/state/active)" = active ] ;;
*restart*) echo ${began + 100} >${root}/state/began; echo active >${root}/state/active ;; esac`,
    );
  });
  const written = (text: string, at: number) => {
    const path = join(root, 'pki/ca.crt');
    writeFileSync(path, text);
    utimesSync(path, at, at);
    return believes('etcd', [{ path: '/etc/kubernetes/pki/ca.crt', sha256: sha256('new') }]);
  };
  const restarts = () => calls().filter(one => one.startsWith('--no-block restart'));

  test('before the file is written the step is foreseen', () => {
    const [unless] = written('old', began - 1000);
    expect(run(unless)).toMatchObject({ code: 0, out: expect.stringMatching(/ca\.crt is signed anew$/) });
  });
  test.each([
    ['active', began + 5],
    ['activating', began + 5],
    ['active', began],
  ])('%s, and started before or in the same second: restarted, and its record goes', (active, at) => {
    writeFileSync(join(root, 'state/active'), active);
    const [unless, again] = written('new', at);
    expect(run(unless).out).toMatch(/^etcd runs since before .*ca\.crt$/);
    expect(run(again)).toMatchObject({ code: 0, err: '' });
    expect([restarts(), run(unless).out]).toEqual([['--no-block restart etcd'], '']);
    expect(() => readFileSync(join(root, 'started/etcd.service'))).toThrow();
  });
  test.each(['inactive', 'failed'])('%s: whoever starts it later reads the file that is there', active => {
    writeFileSync(join(root, 'state/active'), active);
    expect(run(written('new', began + 5)[0])).toMatchObject({ code: 0, out: '' });
  });
  test('started after it: nothing to do', () => {
    expect(run(written('new', began - 1)[0])).toMatchObject({ code: 0, out: '' });
  });
});

describe('our own add-ons are started again', () => {
  const checked = readCluster(
    'name: demo\nkubernetes: 1.29.3\nhosts:\n  - {name: kw-1, address: 10.0.0.11}\n',
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const input = { ...inputFor(checked.value, released('1.29.3', '1.7.0')), metrics: 'ours' as const };
  const stepOf = (renewed?: string) =>
    cluster(renewed === undefined ? input : { ...input, renewed }).find(({ key }) => key === 'addons-trust');
  const wants = (): Wants['command'] => stepOf('2026-06-01T12:00:00.000Z')?.want as Wants['command'];
  const pod = (name: string, phase: string, since: string, gone = '') => `${name}|${phase}|${since}|${gone}`;
  const has = (...rows: readonly string[]) => writeFileSync(join(root, 'state/pods'), `${rows.join('\n')}\n`);
  const old = pod('coredns-1', 'Running', '2026-06-01T11:59:59Z');
  const other = pod('not-ours-1', 'Running', '2020-01-01T00:00:00Z');
  beforeEach(() => {
    writeFileSync(join(root, 'pki/ca.crt'), 'a\nb\n');
    program(
      'kubectl',
      `echo "$*" >>${root}/calls
case "$*" in *'get pods'*) cat ${root}/state/pods ;; *'get configmap'*) printf 'a\\nb' ;;
*'rollout restart'*) echo 'coredns-2|Running|2026-06-01T12:03:00Z|' >${root}/state/pods ;; esac`,
    );
  });

  test('nobody is asked where no CA was signed anew', () => expect(stepOf()).toBeUndefined());
  test('after the controllers, and after what they are made of', () => {
    const after = stepOf('2026-06-01T12:00:00.000Z')?.after ?? [];
    expect(after).toContain('kw-1/service/kube-controller-manager.service');
    expect(after).toContain('cluster/object//apis/apps/v1/namespaces/kube-system/deployments/coredns');
  });
  test('those that run since before, and only ours; once', () => {
    has(old, other);
    const { unless, run: again } = wants();
    expect(run(unless).out).toBe('coredns-1 runs since before');
    expect(run(again)).toMatchObject({ code: 0, err: '' });
    expect(calls().filter(one => one.includes('rollout restart'))).toEqual([
      expect.stringMatching(/rollout restart deployment\/coredns$/),
    ]);
    expect(run(unless).out).toBe('');
  });
  test('younger ones, those that are going and those that are over are left alone', () => {
    has(
      pod('coredns-2', 'Running', '2026-06-01T12:00:00Z'),
      pod('coredns-3', 'Running', '2026-06-01T11:00:00Z', '2026-06-01T12:01:00Z'),
      pod('coredns-4', 'Failed', '2026-06-01T11:00:00Z'),
      other,
    );
    expect(run(wants().unless).out).toBe('');
  });
  test('an API that does not answer proves nothing', () => {
    program('kubectl', 'echo refused >&2; exit 1');
    expect(run(wants().unless).out).toBe('the API does not say which pods there are');
  });
  test('before the namespace has the new CA nobody is restarted', () => {
    has(old);
    writeFileSync(join(root, 'pki/ca.crt'), 'another\n');
    expect(run(wants().run)).toMatchObject({ code: 1, err: expect.stringContaining('kube-root-ca.crt') });
    expect(calls().filter(one => one.includes('rollout'))).toEqual([]);
  });
});
