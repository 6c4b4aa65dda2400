/** Who failed, doing what, with whom and how: the grammar by itself, and what it does to the order of cases. */
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { accountText, accountsIn } from '../../src/clinic/explain/grammar.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { nextOf } from '../../src/clinic/explain/next.js';
import type { Account } from '../../src/clinic/explain/account.js';
import type { Page } from '../../src/clinic/explain/page.js';
import { answerText } from '../../src/cli/view/clinic/candidates.js';
import { exitCode } from '../../src/cli/answer.js';

const first = (text: string): Account | undefined => accountsIn(text)[0];

test.each<readonly [string, Partial<Account>]>([
  // A time limit that is named is no time-out, and one that has passed is no certificate's.
  ['Get "https://10.0.0.1:6443/version?timeout=32s": Service Unavailable', { whom: 'api-server', how: 'gateway' }],
  [
    'try again after the timeout has expired: dial tcp 10.98.0.9:443: i/o timeout',
    { whom: 'service', how: 'timed-out' },
  ],
  ['x509: certificate has expired or is not yet valid', { how: 'expired' }],
  [
    'x509: certificate has expired or is not yet valid: current time 2024-01-01T00 is before 2025-01-01',
    { how: 'not-yet-valid' },
  ],
  // The DNS server that was asked is not whom it is about.
  [
    'Get "https://n3:10250/containerLogs/a/b/c": dial tcp: lookup n3 on 10.0.0.2:53: no such host',
    { whom: 'kubelet', doing: 'logs', how: 'name-unknown' },
  ],
  ['10.0.0.1.5210 > 10.0.0.2.8472: [bad udp cksum 0x1 -> 0x2!]', { whom: 'overlay', how: 'garbled' }],
  // A time of day is no address of a DNS server.
  ['2026-01-02T08:10:53.5Z kubelet: open /etc/x: no such file or directory', { whom: 'file', how: 'not-found' }],
  ['kubelet[1]: W0102 12:44:53.984354 1 a.go:1] pods "x" not found', { who: 'kubelet', how: 'not-found' }],
  // An etcd that lives where others have their Services.
  ['dial tcp 10.100.0.5:2379: connect: connection refused', { whom: 'etcd', how: 'refused' }],
  ['kubectl get pods\nUnable: x509: certificate signed by unknown authority', { who: 'kubectl', how: 'not-trusted' }],
  ['curl -k https://vip.corp:6443/livez\n503 Service Unavailable', { who: 'host', whom: 'api-server', how: 'gateway' }],
  ['$ curl -v http://10.32.0.3:80/\n*   Trying 10.32.0.3...\n^C', { at: '10.32.0.3', how: 'timed-out' }],
  // By a number, as the kernel and its callers tell it.
  ['kernel: nvme0: I/O failed (-5)', { who: 'kernel', how: 'damaged' }],
  ['rbd: map failed: ret=-28', { how: 'full' }],
  ['kubelet: dial 10.4.0.1:6443 failed, error -113', { whom: 'api-server', how: 'no-route' }],
  // The names of pods that a line quotes do not write it.
  [
    'failed to "CreatePodSandbox" for "coredns-6c6b-x_kube-system(095adbda-54ef-4818-9ea2-12f6c4b4aa35)": rpc error: ' +
      'failed to create containerd task: failed to mount rootfs component &{overlay overlay [workdir=/x]}',
    { who: 'runtime', doing: 'sandbox', whom: 'rootfs' },
  ],
  [
    '"Error syncing pod, skipping" pod="kube-system/etcd-m1": open /x/y: no such file or directory',
    { how: 'not-found' },
  ],
  ['CoreDNS: plugin/errors: open /x/y: no such file or directory', { who: 'dns' }],
  // Who listens fails at its own port, and not at another's.
  ['bird: BGP: Socket error: bind: Address in use', { who: 'routing', whom: 'own-port', at: '179', how: 'in-use' }],
  ['etcd[1]: listen tcp 10.4.0.1:2380: bind: address already in use', { whom: 'own-port', at: '10.4.0.1:2380' }],
  // Whom the kernel ended, and for whose want of memory.
  ['kernel: etcd invoked oom-killer: gfp_mask=0x1', { whom: 'process', at: 'etcd', how: 'memory-gone' }],
  [
    'kernel: Memory cgroup out of memory: Killed process 7 (etcd) total-vm:9',
    { whom: 'process', at: 'etcd', how: 'memory-limit' },
  ],
  ['kernel: Out of memory: Killed process 91 (java)', { whom: 'process', at: 'java', how: 'no-memory' }],
])('%s', (text, wanted) => {
  expect(first(text)).toMatchObject(wanted);
});

test.each([
  'pod="kube-system/etcd-m1" open /x/y: permission denied',
  'for pod "coredns-x": mkdir /x/y: read-only file system',
])('%s: not said by whom it is about', text => {
  expect(first(text)?.who).toBeUndefined();
});

test('a limit that ends the control plane is no application’s own', () => {
  const of = (task: string): unknown =>
    answer(`kernel: oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods/x,task=${task},pid=9`, cases).outside;
  expect(of('java')).toMatchObject([{ id: 'own-memory-limit' }]);
  for (const task of ['etcd', 'kube-apiserver', 'kubelet', 'coredns', 'calico-node']) expect(of(task)).toBeUndefined();
});

test('whoever tells that a program ended knows less than the program', () => {
  const text =
    "frobd[7]: FATAL: the gears do not turn any more\nsystemd[1]: frobd.service: Failed with result 'exit-code'.";
  expect(answer(text, cases).record?.words).toContain('the gears do not turn');
  expect(answer("systemd[1]: frobd.service: Failed with result 'exit-code'.", cases).record?.words).toBeDefined();
});

test('lines that begin a sentence are not glued to the word before them, and words that a paste broke are', () => {
  const told = answer('+ tool install --values values.yaml\nError: cannot re-use a name that is still in use', cases);
  expect(told.outside?.map(one => one.id)).toEqual(['helm']);
  const broken = 'failed to run Kubelet: running with swap on is not sup\nported, please disable swap';
  expect(answer(broken, cases).candidates[0]?.case).toBe('swap-on');
});

test.each(['10.4.0.9:5100', '[fd00::3]:51442', '10.4.0.11:45644'])(
  'a certificate that the other side has thrown away is not surely one without a name: %s',
  from => {
    const text = `etcd[2443]: rejected connection from "${from}" (error "remote error: tls: bad certificate")`;
    const { candidates, sure } = answer(text, cases);
    expect(candidates.slice(0, 2).map(one => one.case)).toEqual(['etcd-peer-san', 'client-and-server-disagree-on-ca']);
    expect(sure).toBe('one-of-several');
  },
);

test('what is harmless beside a file that is carried over does not hide what else fails', () => {
  const migrated =
    'Configuration migrated from version 2, use `containerd config migrate` to avoid migration\n' +
    'Ignoring unknown key in TOML for plugin key=sandbox_image\n';
  expect(answer(migrated, cases).candidates).toEqual([]);
  expect(answer(`${migrated}kubelet: running with swap on is not supported`, cases).candidates[0]?.case).toBe(
    'swap-on',
  );
});

test('what a container says below kubectl logs is not said by kubectl', () => {
  expect(first('kubectl logs shop\nopen /data/a: no such file or directory')?.who).toBeUndefined();
});

const pods = (...rows: readonly string[]): string => ['NAME READY STATUS RESTARTS AGE IP NODE', ...rows].join('\n');

test('one address in the rows of two nodes is told, of one node it is the host’s own', () => {
  const twice = pods('a 1/1 Running 0 1d 10.32.0.4 h1', 'b 1/1 Running 0 1d 10.32.0.4 h2');
  expect(accountsIn(twice)).toEqual([{ whom: 'pod', at: '10.32.0.4', how: 'address-twice' }]);
  expect(accountsIn(pods('a 1/1 Running 0 1d 10.0.0.4 h1', 'b 1/1 Running 0 1d 10.0.0.4 h1'))).toEqual([]);
});

test.each([
  'pods on two hosts do not reach each other',
  'A pod can’t ping pods of other workers',
  'from inside our pods there is no internet',
])('%s: people are understood', text => {
  expect(first(text)).toMatchObject({ who: 'pod', how: 'timed-out' });
});

test.each(['pods reach each other on all hosts', 'the pod resolves names', 'we cannot see why the build is red'])(
  '%s: and not accused of what they did not say',
  text => {
    expect(accountsIn(text)).toEqual([]);
  },
);

/** Words that many cases share only support: what the text says of the edge decides, or the record is the answer. */
test('a target that a case knows, in a way that it cannot be behind, speaks against it', () => {
  const of = (end: string): readonly string[] =>
    answer(`failed calling webhook "w.test": Post "https://w.ns.svc:443/": ${end}`, cases).candidates.map(
      one => one.case,
    );
  expect(of('dial tcp 10.98.0.1:443: connect: connection refused')[0]).toBe('webhook-deadlock');
  expect(of('Bad Gateway')[0]).toBe('proxy-environment');
});

const pages: ReadonlyMap<string, Page> = new Map();
const words = (text: string): string => answerText(answer(text, cases), pages, false);

/** Never silence: whoever and however is named, the answer says it and the edge to measure. */
test.each([
  'Get "https://n3:10250/containerLogs/a/b/c": dial tcp: lookup n3: no such host',
  'calico/node is not ready: BIRD is not ready: BGP not established with 10.0.0.4',
  'unable to build objects: no matches for kind "PodSecurityPolicy" in version "policy/v1beta1"',
  'kernel: Out of memory: Killed process 91 (java), global_oom',
  "E: The repository 'https://apt.example x Release' does not have a Release file.",
  'kube-scheduler: could not do it',
])('%s: the record, and what to do next', text => {
  const { record } = answer(text, cases);
  expect(record).toBeDefined();
  if (record) expect(words(text).replace(/\s+/g, ' ')).toContain(`It says: ${accountText(record)}.`);
  if (record) expect(words(text)).toContain(nextOf(record));
});

test('where a case is behind the record, the case is the answer', () => {
  const told = answer('kube-controller-manager: unrecognized feature gate: Frob', cases);
  expect(told.candidates[0]?.case).toBe('removed-feature-gate');
});

test('a text that says nothing is told where more is said', () => {
  expect(words('it is broken somehow')).toContain('kw doctor');
});

test('the first line is the cause, then the check, then how sure, and when it is harmless', () => {
  const lines = words('cni config uninitialized').split('\n');
  expect(lines[0]).toMatch(/^Most probable: A node is not Ready/);
  expect(lines.slice(1, 4).join('\n')).toMatch(/harmless when:.*\n.*to be sure:.*\n.*how sure:/);
});

test('what is harmless or somebody else’s is an answer: exit 0, and no illness is named', () => {
  for (const text of ['http: TLS handshake error from 10.0.0.9:1: EOF', 'exec /app: exec format error'])
    expect([exitCode(answer(text, cases)), answer(text, cases).candidates]).toEqual([0, []]);
  expect(exitCode(answer('it is broken somehow', cases))).toBe(3);
});

test('a panic of etcd is no application’s', () => {
  expect(answer('etcd: panic: tocommit(9) is out of range [lastIndex(3)]', cases).outside).toBeUndefined();
  expect(answer('panic: runtime error: index out of range', cases).outside?.[0]?.id).toBe('application');
});

/** Anybody's text: a pattern that takes its square of a long one would stop the answer. */
test.each([
  'nameserver 127.0.0.1 ',
  'https://a/v2/',
  'Status: active ',
  '.Aaaaaaaa',
  'LoadBalancer ',
  'connect to a ',
  'a-_',
  'failed (-',
  'DROP IN=cni0 OUT=',
])('%s, sixty thousand characters of it, is answered in a few seconds', piece => {
  const from = performance.now();
  answer(piece.repeat(60_000 / piece.length), cases);
  expect(performance.now() - from).toBeLessThan(60_000);
});
