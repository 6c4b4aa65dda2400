/** What is asked of hosts, and what is said where nothing was. */
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import hostFirewall from '../../src/clinic/cases/network/host-firewall/case.js';
import { gatherHost } from '../../src/engine/gather/host.js';
import { reachTargets, type Subject, targetsOf } from '../../src/engine/gather/targets.js';
import { subjects } from '../../src/discovery/hosts.js';
import type { Host } from '../../src/model/cluster.js';
import { WorldFailed } from '../../src/model/event.js';
import type { Connection } from '../../src/transport/connection.js';
import { baseChart } from '../clinic/fixture.js';

/** A host that answers nothing but connections, and those as told. */
const line = (host: string, answer: (port: number) => string | undefined, stdout = ''): Connection => ({
  host,
  run: () => Promise.reject(new Error('not asked')),
  close: () => undefined,
  closed: new Promise(() => undefined),
  open: async () => ({
    write: async () => undefined,
    end: () => undefined,
    kill: () => undefined,
    done: Promise.resolve({ code: 0, stderr: '' }),
    output: (async function* () {
      yield stdout;
    })(),
  }),
  forward: async (_, port) => {
    const why = answer(port);
    if (why !== undefined) throw new WorldFailed({ class: 'unreachable', message: why, host });
    return new Duplex({
      read() {
        this.push(null);
      },
      write: (_chunk, _encoding, done) => done(),
    });
  },
});

const ways = (all: readonly Subject[], answer: (port: number) => string | undefined) => ({
  connection: async () => line('x', answer),
  clock: () => new Date('2026-06-01T12:00:00Z'),
  all,
});
const host = (name: string): Host => ({
  name,
  address: name,
  roles: [],
  labels: {},
  taints: [],
  ssh: { user: 'root', port: 22 },
});

test('a host of which nobody knows what the others are for proves nothing about their ports', async () => {
  const all = ['10.0.0.1', '10.0.0.2'].map(name => ({ name, address: name, roles: [] }));
  const seen = await gatherHost(
    all[0] as Subject,
    ways(all, () => undefined),
  );
  expect(seen.reach).toMatchObject({ missing: expect.stringContaining('no port of another host was tried') });
  const base = baseChart('kubeadm');
  expect(
    hostFirewall.diagnose({
      ...base,
      hosts: new Map([...base.hosts].map(([name, one]) => [name, { ...one, reach: seen.reach }])),
    }).verdict,
  ).toBe('unknown');
});

test('a host alone has nobody to reach, and that is seen', async () => {
  const all = [{ name: 'one', address: '10.0.0.1', roles: ['etcd', 'controlPlane', 'worker'] }];
  expect(
    (
      await gatherHost(
        all[0] as Subject,
        ways(all, () => undefined),
      )
    ).reach,
  ).toMatchObject({ value: {} });
});

test('hosts named on the command line are asked by what runs there: kubelets, etcd, and the balancer that is there', async () => {
  const signs = (programs: readonly string[], address: string) => ({
    name: `h-${address}`,
    address,
    programs,
    server: 'https://10.0.0.9:8443',
    cluster: 'kubernetes',
    version: '1.20.2',
  });
  const all = subjects([
    { host: host('10.0.0.1'), facts: signs(['etcd', 'kube-apiserver', 'kubelet', 'haproxy'], '10.0.0.1') },
    { host: host('10.0.0.2'), facts: signs(['etcd', 'kube-apiserver', 'kubelet'], '10.0.0.2') },
    { host: host('10.0.0.3'), facts: signs(['kubelet'], '10.0.0.3') },
  ]);
  expect(all.map(one => one.roles)).toEqual([
    ['etcd', 'controlPlane', 'loadBalancer'],
    ['etcd', 'controlPlane'],
    ['worker'],
  ]);
  const [first, second] = all as [Subject, Subject];
  expect(targetsOf(first, 8443).some(one => one.port === 8443)).toBe(true);
  expect(targetsOf(second, 8443).some(one => one.port === 8443)).toBe(false);
  const seen = await gatherHost(
    first,
    ways(all, port => (port === 10250 ? 'timed out' : undefined)),
  );
  expect(seen.reach).toMatchObject({
    value: { '10.0.0.3:10250': 'timeout', '10.0.0.2:2380': 'open', '10.0.0.2:6443': 'open' },
  });
});

test('an API server on another port is looked at there, by itself and by the others', () => {
  const all: readonly Subject[] = [
    { name: 'a', address: '10.0.0.1', roles: ['controlPlane'], apiPort: 16443 },
    { name: 'b', address: '10.0.0.2', roles: ['worker'] },
  ];
  expect(targetsOf(all[0] as Subject, undefined).map(one => one.port)).toContain(16443);
  expect(targetsOf(all[0] as Subject, 16443).filter(one => one.port === 16443)).toHaveLength(1);
  expect(reachTargets(all[1] as Subject, all)).toEqual([['10.0.0.1', 16443]]);
});

test('a control plane whose etcd is elsewhere tries its port', () => {
  const all = [
    { name: 'a', address: '10.0.0.1', roles: ['controlPlane'] },
    { name: 'b', address: '10.0.0.2', roles: ['etcd'] },
  ];
  expect(reachTargets(all[0] as Subject, all)).toEqual([['10.0.0.2', 2379]]);
});
