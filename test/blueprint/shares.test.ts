import { expect, test } from 'vitest';
import { isTableUnseen, podNetworks } from '../../src/blueprint/network/addresses.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { HostFacts } from '../../src/model/host-facts.js';

const hosts = ['a', 'b', 'c', 'd'].map(name => ({ name, roles: ['worker'] }));
const spec = { hosts, network: { pods: '10.244.0.0/16', hostPrefix: 24 } } as unknown as ClusterSpec;
const shares = (told: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    podNetworks({
      spec,
      facts: new Map(Object.entries(told).map(([name, podCidr]) => [name, { podCidr } as HostFacts])),
    }),
  );

test('a host keeps the share that it has, and no two get one', () => {
  expect(shares({ b: '10.244.0.0/24', c: '10.99.0.0/24', d: '10.244.0.0/24' })).toEqual({
    a: '10.244.1.0/24',
    b: '10.244.0.0/24',
    c: '10.244.2.0/24',
    d: '10.244.3.0/24',
  });
});

test('a host that says an address within a share, or a command, breaks nobody’s routes', () => {
  expect(shares({ a: '10.244.2.77/24', b: '10.244.2.0/24', c: '10.244.9.0/24; touch /root/x' })).toEqual({
    a: '10.244.2.0/24',
    b: '10.244.0.0/24',
    c: '10.244.1.0/24',
    d: '10.244.3.0/24',
  });
});

test('a host that nobody sees keeps the share that control planes remember, and none that a seen host has', () => {
  const peer = (name: string, address: string, podCidr: string) => ({ name, address, podCidr });
  const told = (peers: readonly ReturnType<typeof peer>[]) => {
    const all = spec.hosts.map((host, index) => ({ ...host, address: `10.0.0.${index + 1}` }));
    const built = { runs: [], peers };
    const facts = new Map([['a', { podCidr: '10.244.7.0/24', built } as unknown as HostFacts]]);
    return Object.fromEntries(podNetworks({ spec: { ...spec, hosts: all }, facts }));
  };
  expect(told([peer('c', '10.0.0.3', '10.244.0.0/24'), peer('d', '10.0.0.4', '10.244.7.0/24')])).toEqual({
    a: '10.244.7.0/24',
    b: '10.244.1.0/24',
    c: '10.244.0.0/24',
    d: '10.244.2.0/24',
  });
});

test('while nobody is seen who has the table, a host keeps its share, and nobody gets a new one', () => {
  const all = [
    { name: 'cp', roles: ['controlPlane'], address: '10.0.0.9' },
    ...spec.hosts.map((host, n) => ({ ...host, address: `10.0.0.${n + 1}` })),
  ];
  const file = { ...spec, hosts: all } as unknown as ClusterSpec;
  const fact = (podCidr: string, peers: readonly object[] = []) =>
    ({ podCidr, built: { runs: [], peers } }) as unknown as HostFacts;
  const seen = new Map([
    ['b', fact('10.244.7.0/24')],
    ['c', fact('')],
  ]);
  expect(isTableUnseen(file, seen)).toBe(true);
  expect([...podNetworks({ spec: file, facts: seen, tableUnseen: true })]).toEqual([['b', '10.244.7.0/24']]);
  const peer = { name: 'd', address: '10.0.0.4', podCidr: '10.244.1.0/24' };
  expect(isTableUnseen(file, new Map([...seen, ['cp', fact('10.244.0.0/24', [peer])]]))).toBe(false);
  expect(isTableUnseen(file, new Map([...seen, ['cp', fact('')]])), 'the table is lost, and made anew').toBe(false);
  expect(isTableUnseen(file, new Map([['c', fact('')]])), 'nothing is built yet').toBe(false);
});

test('a host that was installed anew gets the share that its node has', () => {
  const all = spec.hosts.map((host, n) => ({ ...host, address: `10.0.0.${n + 1}` }));
  const peer = { name: 'b', address: '10.0.0.2', podCidr: '10.244.9.0/24' };
  const facts = new Map([
    ['a', { podCidr: '10.244.0.0/24', built: { runs: [], peers: [peer] } } as unknown as HostFacts],
    ['b', { podCidr: '' } as HostFacts],
  ]);
  expect(podNetworks({ spec: { ...spec, hosts: all }, facts }).get('b')).toBe('10.244.9.0/24');
});
