import { beforeAll, describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { Step } from '../../src/model/plan.js';
import type { Change } from '../../src/model/resource.js';
import { createAuthority } from '../../src/pki/issue.js';
import { type Before, expiredIn, isDead, revivalFindings } from '../../src/preflight/revival.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost } from '../golden/input.js';

const now = new Date('2026-11-29T00:00:00Z');
const pki = '/etc/kubernetes/pki';
const kubelet = '/etc/kubernetes/kubelet.conf';
const manager = '/etc/kubernetes/controller-manager.conf';

const specOf = (): ClusterSpec => {
  const hosts = [
    ['cp-1', 'etcd, controlPlane'],
    ['cp-2', 'etcd, controlPlane'],
    ['cp-3', 'etcd, controlPlane'],
    ['w-1', 'worker'],
  ].map(([name, roles], at) => `  - {name: ${name}, address: 10.0.0.${at + 11}, roles: [${roles}]}\n`);
  const text = `name: prod\nkubernetes: 1.36.3\nendpoint: {address: 10.0.0.100}\nhosts:\n${hosts.join('')}`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const spec = specOf();
const planes = ['cp-1', 'cp-2', 'cp-3'];
const factsOf = (names: readonly string[], held: readonly string[] = []) =>
  new Map(
    names.map(name => [name, emptyHost(name, held.includes(name) ? { controllersHeld: true as const } : {})] as const),
  );
const all = factsOf([...planes, 'w-1']);

const step = (host: string, kind: string, key: string, changes: readonly Change[]): Step =>
  ({ id: `${host}/${kind}/${key}`, host, kind, key, changes }) as Partial<Step> as Step;
const until = (at: string): Change => ({ verb: 'update', field: 'notAfter', from: at, to: 'further ahead' });
const ended = (host: string, key: string, at = '2025-10-25T00:00:00.000Z'): Step =>
  step(host, key.endsWith('.conf') ? 'kubeconfig' : 'certificate', key, [until(at)]);
const on = (hosts: readonly string[], ...keys: readonly string[]): readonly Step[] =>
  hosts.flatMap(host => keys.map(key => ended(host, key)));

describe('what has ended', () => {
  test('by the change of its end alone, and only where that lies in the past', () => {
    const steps = [
      ended('cp-1', kubelet),
      ended('cp-2', kubelet, '2026-12-01T00:00:00.000Z'),
      step('cp-3', 'kubeconfig', kubelet, [{ verb: 'create', field: 'kubeconfig', from: undefined, to: 'x' }]),
      step('cp-3', 'file', '/a', [until('2020-01-01T00:00:00.000Z')]),
    ];
    expect(expiredIn({ steps }, now)).toEqual([{ host: 'cp-1', path: kubelet, endedAt: '2025-10-25T00:00:00.000Z' }]);
  });
});

describe('a cluster is dead', () => {
  const dead = (steps: readonly Step[], facts = all): boolean => isDead({ steps }, { spec, facts }, now);
  const kubelets = on([...planes, 'w-1'], kubelet);

  test.each([
    ['the API server of every control plane', on(planes, `${pki}/apiserver.crt`)],
    ['its client certificate for etcd', on(planes, `${pki}/apiserver-etcd-client.crt`)],
    ['the quorum of etcd', on(['cp-1', 'cp-3'], `${pki}/etcd/peer.crt`)],
    ['every controller manager', on(planes, manager)],
  ])('where %s has ended, and kubelets with it', (_, steps) => {
    expect(dead([...steps, ...kubelets])).toBe(true);
    expect(dead(steps)).toBe(false);
  });
  test('also where a kubelet has no credential at all', () => {
    const gone = step('w-1', 'kubeconfig', kubelet, [
      { verb: 'create', field: 'kubeconfig', from: undefined, to: 'x' },
    ]);
    expect(dead([...on(planes, `${pki}/apiserver.crt`), gone])).toBe(true);
  });
  test('and not while one of each lives', () => {
    const two = ['cp-1', 'cp-2'];
    const steps = on(two, `${pki}/apiserver.crt`, manager);
    expect(dead([...steps, ...on(['cp-1'], `${pki}/etcd/server.crt`), ...kubelets])).toBe(false);
    expect(dead(kubelets)).toBe(false);
    expect(dead([])).toBe(false);
  });
  test('those that were not seen count for nothing: of the others all must have ended', () => {
    const facts = factsOf(['cp-1', 'w-1']);
    expect(dead([...on(['cp-1'], `${pki}/apiserver.crt`), ...kubelets], facts)).toBe(true);
    expect(dead(on(['w-1'], kubelet), factsOf(['w-1']))).toBe(false);
  });
  test('as long as controllers are held', () => expect(dead([], factsOf(planes, ['cp-2']))).toBe(true));
});

describe('what must be right first', () => {
  let valid: string;
  let over: string;
  beforeAll(async () => {
    const make = (at: string, days: number) =>
      createAuthority({ commonName: 'kubernetes-ca', days, algorithm: 'ecdsa-p256', now: new Date(at) });
    valid = (await make('2026-01-01T00:00:00Z', 3650)).certPem;
    over = (await make('2016-01-01T00:00:00Z', 3650)).certPem;
  });
  const sceneOf = (more: Partial<Before> = {}): Before => ({
    spec,
    facts: all,
    authorities: { ca: valid, 'etcd/ca': valid, 'front-proxy-ca': valid },
    steps: [],
    without: [],
    clocks: new Map(planes.map(name => [name, { there: 100, here: 101 }])),
    now,
    ...more,
  });
  const codes = (more: Partial<Before> = {}) =>
    revivalFindings(sceneOf(more)).map(({ host, code }) => `${host} ${code}`);

  test('nothing, where clocks agree, CAs are valid and every host is seen', () => expect(codes()).toEqual([]));
  test('a CA that has ended is named', () => {
    const authorities = { ca: valid, 'etcd/ca': over, 'front-proxy-ca': valid };
    expect(codes({ authorities })).toEqual(['cluster authority-ended']);
    expect(revivalFindings(sceneOf({ authorities }))[0]?.says).toMatch(/^the CA etcd\/ca .*on 2025-12-2\d/);
  });
  test('a host whose clock is away from the others', () => {
    const clocks = new Map(planes.map((name, at) => [name, { there: at === 1 ? 5000 : 100, here: 100 }]));
    expect(codes({ clocks })).toEqual(['cp-2 clock-off']);
  });
  test('a control machine whose clock is away from all of them', () => {
    const clocks = new Map(planes.map(name => [name, { there: 100, here: 100 + 400 * 86_400 }]));
    expect(codes({ clocks })).toEqual(['cluster own-clock-off']);
    expect(revivalFindings(sceneOf({ clocks }))[0]?.says).toContain('400 d away');
  });
  test('a node that was not seen, unless a person goes on without it', () => {
    const facts = factsOf(planes);
    expect(codes({ facts })).toEqual(['w-1 revive-unseen']);
    expect(codes({ facts, without: ['w-1'] })).toEqual([]);
  });
  test('another version is another run', () => {
    const change: Change = { verb: 'update', field: 'version', from: '1.36.2 aaaa', to: '1.36.3 bbbb' };
    const steps = [step('cp-1', 'artifact', '/usr/local/bin/kube-apiserver', [change])];
    expect(codes({ steps })).toEqual(['cluster revive-and-version']);
  });
});
