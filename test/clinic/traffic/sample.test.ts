/** Laws of the sample: linear, every pair from both ends, every host among them, all in one piece. */
import { describe, expect, test } from 'vitest';
import type { PodEnd } from '../../../src/facts/traffic/seen.js';
import { type Place, planTraffic } from '../../../src/clinic/traffic/plan.js';
import { partnersOf } from '../../../src/clinic/traffic/sample.js';

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16, 33, 100, 1000];

describe.each(sizes)('of %i hosts', hosts => {
  const all = Array.from({ length: hosts }, (_, index) => partnersOf(hosts, index));
  test('each has few partners, itself not among them, none twice', () => {
    all.forEach((partners, index) => {
      expect(partners.length).toBeLessThanOrEqual(6);
      expect(partners).not.toContain(index);
      expect(new Set(partners).size).toBe(partners.length);
      expect(partners.every(other => other >= 0 && other < hosts)).toBe(true);
    });
  });
  test('each pair is measured from both ends', () => {
    all.forEach((partners, index) => {
      for (const other of partners) expect(all[other]).toContain(index);
    });
  });
  test('a way leads from each to each', () => {
    const reached = new Set([0]);
    const open = [0];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const other of all[at] ?? [])
        if (!reached.has(other)) {
          reached.add(other);
          open.push(other);
        }
    expect(reached.size).toBe(hosts);
  });
});

const pod = (host: number, nth: number): PodEnd => ({
  pid: 1000 * host + nth,
  netns: 1000 * host + nth,
  address: `10.${host >> 8}.${host & 255}.${nth + 2}`,
  mtu: 1450,
  link: 'eth0',
});
const tools = ['bash', 'nsenter', 'timeout'];
const places = (hosts: number, pods = 3): readonly Place[] =>
  Array.from({ length: hosts }, (_, host) => ({
    host: `kw-${host}`,
    address: `192.0.2.${host & 255}`,
    ends: { tools, pods: Array.from({ length: pods }, (__, nth) => pod(host, nth)) },
  }));
const none = { apis: [], services: [], dialled: new Map(), resolvers: new Map() };
const ends = { ...none, excluded: () => undefined };

test('what is sent grows with the hosts, and no faster', () => {
  const count = (hosts: number): number =>
    [...planTraffic(places(hosts), ends).probes.values()].reduce((sum, all) => sum + all.length, 0);
  expect(count(1000) / 1000).toBeCloseTo(count(100) / 100);
  expect(count(1000) / 1000).toBeLessThan(40);
});

test('every host is sender and receiver of each sort of packet', () => {
  const all = [...planTraffic(places(40), ends).probes.values()].flat();
  for (const { host } of places(40))
    for (const kind of ['tcp', 'udp', 'large']) {
      expect(all.some(one => one.kind === kind && one.from.host === host && one.to.host !== host)).toBe(true);
      expect(all.some(one => one.kind === kind && one.to.host === host && one.from.host !== host)).toBe(true);
    }
});

test('a host without a pod, or without what it takes, is named and not measured', () => {
  const [first, second, third] = places(3) as [Place, Place, Place];
  const { probes, unmeasured } = planTraffic(
    [
      { ...first, ends: { ...first.ends, pods: [] } },
      { ...second, ends: { ...second.ends, tools: ['nsenter'] } },
      third,
    ],
    ends,
  );
  expect(unmeasured).toEqual([
    { host: 'kw-0', why: 'no pod runs there', cannot: false },
    { host: 'kw-1', why: 'the host has no bash, timeout', cannot: true },
  ]);
  expect(probes.get('kw-0')?.map(one => [one.from.pod, one.to.host])).toEqual([[undefined, 'kw-2']]);
  expect(probes.has('kw-1')).toBe(false);
});

test('a pod that a policy may shut off is not asked', () => {
  const shut = {
    ...none,
    excluded: (address: string) => (address.startsWith('10.0.0.') ? { why: 'a policy', cannot: true } : undefined),
  };
  const { probes, unmeasured } = planTraffic(places(2), shut);
  expect(unmeasured).toEqual([{ host: 'kw-0', why: 'a policy', cannot: true }]);
  expect([...probes.values()].flat().some(one => one.to.address.startsWith('10.0.0.'))).toBe(false);
});
