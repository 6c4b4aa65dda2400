import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Port } from '../../src/net/endpoint.js';
import { firstRules } from '../../src/clinic/therapies/first-rules.js';
import { hostSnapshotScript, rollbackScript } from '../../src/engine/heal/snapshot.js';
import { rollbacksOf, touchedBy } from '../../src/engine/heal/touched.js';
import type { Treatment } from '../../src/engine/heal/treatments.js';
import { merge } from '../../src/engine/heal/merge.js';
import type { InProgress } from '../../src/engine/heal/pending.js';
import { rollback } from '../../src/engine/heal/rollback.js';
import type { Plan, Step } from '../../src/model/plan.js';
import type { Resource } from '../../src/model/resource.js';
import { laid } from '../../src/resources/firewall-rules/scripts.js';
import { kindsAt } from '../../src/resources/index.js';
import type { FirewallRulesWant } from '../../src/resources/wants.js';
import { sh as script } from '../../src/shell/sh.js';

const dir = mkdtempSync(join(tmpdir(), 'kw-heal-'));
afterAll(() => rmSync(dir, { recursive: true }));
const sh = (script: string): void => {
  execFileSync('sh', { input: script });
};
const keeps = join(dir, 'keeps');

const touched = (...paths: string[]) => ({ host: 'a', paths, units: [], sysctls: {} });

test('what a therapy changed, made and removed is as before again', () => {
  const [changed, made, removed, link] = ['changed file', 'made', 'sub/removed', 'link'].map(name =>
    join(dir, 'etc', name),
  ) as [string, string, string, string];
  mkdirSync(join(dir, 'etc/sub'), { recursive: true });
  writeFileSync(changed, 'before\n');
  chmodSync(changed, 0o600);
  writeFileSync(removed, 'was here\n');
  symlinkSync(changed, link);
  const what = touched(changed, made, removed, link);
  sh(hostSnapshotScript('r1', what, keeps));
  writeFileSync(changed, 'after\n');
  chmodSync(changed, 0o644);
  writeFileSync(made, 'new\n');
  rmSync(join(dir, 'etc/sub'), { recursive: true });
  rmSync(link);
  sh(rollbackScript('r1', what, keeps));
  expect(readFileSync(changed, 'utf8')).toBe('before\n');
  expect(statSync(changed).mode & 0o777).toBe(0o600);
  expect(readFileSync(removed, 'utf8')).toBe('was here\n');
  expect(existsSync(made)).toBe(false);
  expect(readFileSync(link, 'utf8')).toBe('before\n');
  expect(readdirSync(join(dir, 'etc')).filter(name => name.includes('kw-part'))).toEqual([]);
});

test('a second call of the same run keeps the first copy', () => {
  const file = join(dir, 'twice');
  writeFileSync(file, 'first\n');
  sh(hostSnapshotScript('r2', touched(file), keeps));
  writeFileSync(file, 'second\n');
  sh(hostSnapshotScript('r2', touched(file), keeps));
  sh(rollbackScript('r2', touched(file), keeps));
  expect(readFileSync(file, 'utf8')).toBe('first\n');
});

test('nothing is taken back from a copy that is not whole', () => {
  expect(() => sh(rollbackScript('never', touched(join(dir, 'x')), keeps))).toThrow();
});

test('touched is what the steps of a host write, and their units', () => {
  const step = (more: Partial<Step>): Step => ({
    id: '',
    host: 'a',
    kind: 'file',
    key: '/f',
    stage: 'host',
    because: '',
    changes: [],
    actions: [],
    risk: 'none',
    after: [],
    question: { ask: 'host', script: script`` },
    seen: '',
    ...more,
  });
  const plan: Plan = {
    cluster: 'c',
    examined: 0,
    unseen: [],
    digest: '',
    steps: [
      step({
        id: 'a/file//f',
        kind: 'file',
        key: '/f',
        actions: [{ do: 'put', path: '/f', content: [], mode: 0o644 }],
      }),
      step({
        id: 'a/certificate//c.crt',
        kind: 'certificate',
        key: '/c.crt',
        actions: [
          {
            do: 'issue',
            request: { ca: 'ca', commonName: 'x', organizations: [], sans: [], usages: [], days: 1 },
            to: { as: 'pem', cert: '/c.crt', key: '/c.key' },
          },
        ],
      }),
      step({ id: 'a/service/kubelet.service', kind: 'service', key: 'kubelet.service' }),
      step({
        id: 'a/sysctl/net.ipv4.ip_forward',
        kind: 'sysctl',
        key: 'net.ipv4.ip_forward',
        changes: [{ verb: 'update', field: 'value', from: '0', to: '1' }],
      }),
      step({ host: 'cluster', kind: 'object', key: '/api/v1/x', question: { ask: 'api', path: '/api/v1/x' } }),
      step({ id: 'a/staticPod/x', kind: 'staticPod', key: 'x' }),
      step({ id: 'a/command/mtu', kind: 'command', key: 'mtu' }),
      step({ id: 'a/cleanup/member', kind: 'cleanup', key: 'member', question: { ask: 'host', script: script`look` } }),
      step({ id: 'a/image/pause', kind: 'image', key: 'pause' }),
      step({ id: 'a/ready/r', kind: 'ready', key: 'r' }),
    ],
  };
  const ways = rollbacksOf(
    [
      ['file', '/f', {}],
      ['certificate', '/c.crt', { keyPath: '/c.key' }],
      ['service', 'kubelet.service', {}],
      ['sysctl', 'net.ipv4.ip_forward', {}],
      ['staticPod', 'x', {}],
      ['command', 'mtu', { undo: { keep: script`k`, back: script`b` } }],
      ['cleanup', 'member', { undo: { cannot: 'it is gone' } }],
      ['image', 'pause', {}],
      ['ready', 'r', {}],
    ].map(([kind, key, want]) => ({ kind, host: 'a', key, want, stage: 'host', after: [], because: '' }) as Resource),
    kindsAt(() => new Date(0)),
  );
  expect(touchedBy(plan, ways)).toEqual([
    {
      host: 'a',
      paths: ['/f', '/c.crt', '/c.key'],
      units: ['kubelet.service'],
      sysctls: {},
      states: [
        {
          keep: script`cat /proc/sys/net/ipv4/ip_forward`,
          back: script`cat >/proc/sys/net/ipv4/ip_forward`,
        },
        { keep: script`k`, back: script`b` },
      ],
      lasting: [
        { id: 'a/cleanup/member', why: 'it is gone', read: script`look` },
        { id: 'a/image/pause', why: expect.stringContaining('stays'), read: script`` },
      ],
    },
  ]);
  expect(touchedBy(plan, new Map())[0]?.lasting?.map(one => one.id)).toEqual(
    plan.steps.flatMap(one => (one.host === 'a' ? [one.id] : [])),
  );
});

const output = (script: string): { readonly code: number | null; readonly stdout: string } => {
  const { status, stdout } = spawnSync('sh', { input: script, encoding: 'utf8' });
  return { code: status, stdout };
};

test('a state that is not a file comes back from what was kept of it', () => {
  const [state, mark] = [join(dir, 'state'), join(dir, 'mark')];
  writeFileSync(state, 'before\n');
  const what = {
    ...touched(),
    states: [{ keep: script`cat ${state}`, back: script`cat >${state}` }],
    lasting: [{ id: 'a/cleanup/m', why: '', read: script`[ -e ${mark} ] || echo there` }],
  };
  sh(hostSnapshotScript('r3', what, keeps));
  writeFileSync(state, 'after\n');
  expect(output(rollbackScript('r3', what, keeps))).toEqual({ code: 0, stdout: '' });
  expect(readFileSync(state, 'utf8')).toBe('before\n');
  // What was really done, and does not come back, is said.
  writeFileSync(mark, '');
  expect(output(rollbackScript('r3', what, keeps))).toEqual({ code: 0, stdout: 'lasting 0\n' });
});

test('what does not come back is said by the exit code, and the rest comes back', () => {
  const [file, other] = [join(dir, 'lost/file'), join(dir, 'other')];
  mkdirSync(join(dir, 'lost'));
  writeFileSync(file, 'x');
  const what = {
    ...touched(),
    states: [
      { keep: script`true`, back: script`exit 3` },
      { keep: script`echo 1`, back: script`cat >${other}` },
    ],
  };
  sh(hostSnapshotScript('r4', what, keeps));
  expect(output(rollbackScript('r4', what, keeps)).code).toBe(1);
  expect(readFileSync(other, 'utf8')).toBe('1\n');
  sh(hostSnapshotScript('r5', touched(file), keeps));
  rmSync(join(dir, 'lost'), { recursive: true });
  writeFileSync(join(dir, 'lost'), 'no folder');
  expect(output(rollbackScript('r5', touched(file), keeps)).code).toBe(1);
  expect(() =>
    sh(hostSnapshotScript('r6', { ...touched(), states: [{ keep: script`false`, back: script`` }] }, keeps)),
  ).toThrow();
});

const begunOn = (...hosts: readonly { readonly host: string; readonly units?: readonly string[] }[]): InProgress => ({
  id: 'i',
  at: '',
  cluster: { authorities: [] },
  treats: [
    { illness: { case: 'x', variant: 'v', host: 'a', subject: { path: 's' } }, wants: ['a/cleanup/m'] },
    { illness: { case: 'y', variant: 'v', host: 'b', subject: { path: 's' } }, wants: ['b/file/f'] },
  ],
  touched: hosts.map(one => ({
    paths: [],
    sysctls: {},
    units: [],
    lasting: [{ id: `${one.host}/cleanup/m`, why: 'for good', read: script`` }],
    ...one,
  })),
  pods: [],
  objects: [],
});
const api = () => Promise.reject(new Error('no API'));

test('control planes go back one after another, other hosts together', async () => {
  const [most, now] = [{ planes: 0, all: 0 }, new Set<string>()];
  const run = async (host: string) => {
    now.add(host);
    await new Promise(resolve => setTimeout(resolve, 10));
    most.planes = Math.max(most.planes, [...now].filter(one => one.startsWith('kw')).length);
    most.all = Math.max(most.all, now.size);
    now.delete(host);
    return { code: 0, stdout: '', stderr: '' };
  };
  const units = ['etcd.service'];
  await rollback(
    [
      begunOn(
        { host: 'kw-1', units },
        { host: 'w-1' },
        { host: 'kw-2', units },
        { host: 'w-2' },
        { host: 'kw-3', units: ['kube-apiserver.service'] },
      ),
    ],
    { run, api },
  );
  expect(most).toEqual({ planes: 1, all: 2 });
});

test('only a therapy of which nothing stays counts as taken back', async () => {
  const answers = (a: string, b: number) => async (host: string) => ({
    code: host === 'b' ? b : 0,
    stdout: host === 'a' ? a : '',
    stderr: 'gone',
  });
  const both = begunOn({ host: 'a' }, { host: 'b' });
  expect(await rollback([both], { run: answers('', 0), api })).toEqual({
    whole: ['x/v a s', 'y/v b s'],
    failed: [],
    lasting: [],
  });
  expect(await rollback([both], { run: answers('lasting 0\n', 0), api })).toEqual({
    whole: ['y/v b s'],
    failed: [],
    lasting: ['a/cleanup/m: for good'],
  });
  expect(await rollback([both], { run: answers('', 1), api })).toEqual({
    whole: ['x/v a s'],
    failed: ['b: gone'],
    lasting: [],
  });
});

test('rules for two ports stand beside each other: neither therapy takes the other one’s away', () => {
  const treat = (port: Port): Treatment => ({
    case: 'host-firewall',
    finding: { variant: 'v', host: 'a', subject: { protocol: 'tcp', port }, facts: {}, says: '', shows: [] },
    therapy: {
      title: '',
      risk: 'none',
      want: firstRules(
        { chain: 'INPUT', rules: [{ protocol: 'tcp', port }], backEnd: 'nft', unit: `kw-open-tcp-${port}` },
        { host: 'a', because: 'b' },
      ),
    },
  });
  const { resources } = merge(
    [treat(2379 as Port), treat(23790 as Port)],
    kindsAt(() => new Date(0)),
    () => undefined,
  );
  const removes = resources.flatMap(one =>
    one.kind === 'firewallRules' ? [laid(one.key, one.want as FirewallRulesWant)] : [],
  );
  expect(
    removes.map(script => [
      script.includes("'--comment kubewizard-heal-kw-open-tcp-2379 '"),
      script.includes("'--comment kubewizard-heal-kw-open-tcp-23790 '"),
    ]),
  ).toEqual([
    [true, false],
    [false, true],
  ]);
});
