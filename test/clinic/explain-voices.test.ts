/**
 * Forms of logs that no component of a cluster writes: what such a speaker could not do with its own things is not the
 * cluster's fault. In the same form it may tell of the network, of trust or of the host, and then it is no answer.
 */
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { answerText } from '../../src/cli/view/clinic/candidates.js';

const voices: Readonly<Record<string, (words: string) => string>> = {
  gunicorn: words => `[2026-03-01 08:11:22 +0000] [7] [ERROR] ${words}`,
  'python’s logging': words => `2026-03-01 08:11:22,101 ERROR shop.orders ${words}`,
  logback: words => `10:00:00.512 [main] ERROR org.shop.Main - ${words}`,
  spring: words => `2026-03-02 07:14:55.210 ERROR 1 --- [main] o.shop.Application : ${words}`,
  elastic: words => `[2026-03-01T10:00:00,000][ERROR][o.e.n.Node ] [es-0] ${words}`,
  redis: words => `1:M 03 Mar 2026 09:10:11.120 # ${words}`,
  postgres: words => `2026-03-01 10:00:00.123 UTC [1] FATAL:  ${words}`,
  mysql: words => `2026-03-01T10:00:00.000000Z 0 [ERROR] [MY-012574] [InnoDB] ${words}`,
  envoy: words => `[2026-07-18 15:12:04.779][15][warning][config] [source/common/x.cc:86] ${words}`,
  nginx: words => `2026/03/01 11:22:33 [error] 31#31: *1187 ${words}`,
  ruby: words => `E, [2026-03-01T10:00:00.120033 #1] ERROR -- : ${words}`,
  'go-kit': words => `ts=2026-03-01T10:00:00.000Z caller=main.go:468 level=error msg="${words}"`,
  'zap in columns': words => `2026-03-01T10:00:00.000Z\terror\tads\t${words}`,
  'node.js': words => JSON.stringify({ level: 50, time: 1, pid: 1, hostname: 'web-1', msg: words }),
  'a name in front': words => `velero: error: ${words}`,
};

const own = 'failed to apply the rule set: entry 12 is not well-formed';
const ofOthers = [
  'dial tcp 10.96.0.1:443: i/o timeout',
  'dial tcp 10.0.0.11:2379: connect: connection refused',
  'x509: certificate signed by unknown authority',
  'dial tcp 10.0.0.12:6443: connect: no route to host',
  'lookup db.shop.svc.cluster.local on 10.96.0.10:53: read udp: i/o timeout',
];

describe.each(Object.entries(voices))('%s', (_, voice) => {
  test('tells of itself', () => {
    const { outside, candidates } = answer(voice(own), cases);
    expect([outside?.[0]?.kind, candidates]).toEqual(['not-ours', []]);
  });
  test.each(ofOthers)('%s', words => {
    const ids = (answer(voice(words), cases).outside ?? []).map(({ id }) => id);
    expect(ids).not.toContain('another-program');
    expect(ids).not.toContain('no-part-of-the-cluster');
  });
});

/** Whoever the event is from says whose trouble it is. */
test.each([
  ['Warning  UpdateFailed  3m (x4 over 9m)  external-secrets  error processing spec.data[0]', 'controller'],
  ['default  2m  Warning  UpdateFailed  externalsecret/db  error processing spec.data[0]', 'controller'],
  ['Warning  CIDRNotAvailable  2m  cidrAllocator  Node blue-9 status is now: CIDRNotAvailable', undefined],
  ['Warning  FailedKillPod  2m  kubelet  error killing pod: the sandbox is busy', undefined],
])('%s', (text, id) => {
  expect(answer(text, cases).outside?.[0]?.id).toBe(id);
});

/** RBAC names the user who may not; every other refusal is of the object. */
test('what is forbidden without a user is refused as it is', () => {
  const idOf = (text: string) => answer(text, cases).outside?.[0]?.id;
  expect(idOf('pods "web-1" is forbidden: pod does not have "a.b/c" annotation')).toBe('refused-as-it-is');
  expect(idOf('pods "web-1" is forbidden: User "system:kube-scheduler" cannot get resource "pods"')).toBeUndefined();
  expect(idOf('nodes "a" is forbidden: node "b" is not allowed to modify node "a"')).toBeUndefined();
  expect(
    idOf('pods "a" is forbidden: error looking up service account x/default: serviceaccount "default" not found'),
  ).toBe(undefined);
});

test('words that many troubles share name none of them first', () => {
  const said = answerText(answer('m2 is NotReady', cases), new Map(), false);
  expect(said.split('\n')[0]).toContain('name none');
  expect(said).toContain('journalctl -u kubelet');
});

test('the edge to measure is a command with the address of the text', () => {
  const said = answerText(answer('dial tcp 10.0.0.11:2379: connect: connection refused', cases), new Map(), false);
  expect(said).toContain('nc -vz 10.0.0.11 2379');
  const node = answerText(answer('"Error getting node" err="node \\"w3\\" not found"', cases), new Map(), false);
  expect(node).toContain('kubectl get nodes');
});
