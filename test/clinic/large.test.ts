/** Thousands of nodes that nobody asked: said once, and examined in linear time. */
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import hostFirewall from '../../src/clinic/cases/network/host-firewall/case.js';
import type { ApiObject, Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { folded, unasked } from '../../src/clinic/examine/unasked.js';
import { withNodes } from '../../src/engine/gather/nodes.js';
import { baseChart } from './fixture.js';

/** The healthy cluster's API, with nodes of which nothing but the API is known. */
const large = (count: number): Chart => {
  const base = baseChart('five');
  const { nodes } = base.api.objects;
  if (!nodes || !('value' in nodes)) throw new Error('the base chart lost its nodes');
  const [first] = nodes.value;
  const more = Array.from(
    { length: count },
    (_, n): ApiObject => ({
      ...first,
      metadata: { ...first?.metadata, name: `more-${n}` },
      status: { ...first?.status, addresses: [{ type: 'InternalIP', address: `198.18.${n >> 8}.${n & 255}` }] },
    }),
  );
  return withNodes({
    ...base,
    hosts: new Map(),
    api: { ...base.api, objects: { ...base.api.objects, nodes: { ...nodes, value: [...nodes.value, ...more] } } },
  });
};

test('what was not seen of 2,000 nodes is said in a few sentences', () => {
  const { unknown, blind } = examine(large(2000), cases);
  expect(unknown.length).toBeGreaterThan(10);
  expect(unknown.every(one => one.missing.length < 40)).toBe(true);
  expect(blind).toEqual([
    {
      host: 'nodes',
      what: 'everything',
      why: expect.stringMatching(/^2005 nodes were not asked over ssh \(/),
      kind: 'not-asked',
    },
  ]);
});

test('other reasons, and few nodes, keep their names', () => {
  const few = ['a', 'b'].map(host => ({ host, what: 'files', ...unasked }));
  const refused = Array.from({ length: 20 }, (_, n) => ({
    host: `h-${n}`,
    what: 'files',
    why: 'connection refused',
    kind: 'unreachable' as const,
  }));
  expect(folded([...few, ...refused])).toEqual([...few, ...refused]);
});

test('ports are looked up, not searched for: ten times the hosts cost no hundred times', () => {
  const cost = (count: number): number => {
    const base = baseChart('five');
    const worker = base.hosts.get('kw-4');
    if (!worker) throw new Error('the base chart lost kw-4');
    const hosts = new Map([
      ...base.hosts,
      ...Array.from(
        { length: count },
        (_, n) => [`m-${n}`, { ...worker, name: `m-${n}`, address: `198.18.${n >> 8}.${n & 255}` }] as const,
      ),
    ]);
    const began = performance.now();
    expect(hostFirewall.diagnose({ ...base, hosts }).verdict).toBe('healthy');
    return performance.now() - began;
  };
  cost(100);
  expect(cost(3000)).toBeLessThan(Math.max(cost(300) * 60, 1500));
});
