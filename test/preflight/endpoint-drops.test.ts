/** An endpoint that is served no more: which it is, who uses it, and whether that is refused. */
import { expect, test } from 'vitest';
import { endpointUsers } from '../../src/facts/host/endpoint-users.js';
import type { Built, HostFacts } from '../../src/model/host-facts.js';
import type { Endpoint } from '../../src/net/endpoint.js';
import { parseEndpoint } from '../../src/net/endpoint.js';
import { droppedEndpoints } from '../../src/preflight/endpoint-drops.js';
import { readCluster } from '../../src/spec/index.js';
import { endpointDropped } from '../../src/workflow/build/endpoint-dropped.js';
import { emptyHost } from '../golden/input.js';

const old = '10.0.0.100:8443';
const specOf = (endpoint: string) => {
  const text = `name: demo\nkubernetes: 1.29.3\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]\nendpoint: ${endpoint}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const carried = (address: string, id: number) => ({ address, id, instance: `i${id}` });
const single: Partial<Built> = { binds: ['*:8443'], carries: [carried('10.0.0.100', 1)], asks: [old] };
const both: Partial<Built> = {
  binds: ['*:8443'],
  carries: [carried('10.0.0.101', 2), carried('10.0.0.100', 1)],
  asks: ['10.0.0.101:8443'],
};
const knownOf = (endpoint: string, built: Partial<Built>, unseen: readonly number[] = []) => {
  const spec = specOf(endpoint);
  const facts = new Map<string, HostFacts>(
    spec.hosts.flatMap(({ name }, at) =>
      unseen.includes(at)
        ? []
        : [[name, emptyHost(name, { built: { runs: ['kubelet'], peers: [], ...(at < 3 ? built : {}) } })]],
    ),
  );
  return { spec, facts };
};
const quiet = 'connections=known\n';
const busy = `file=/root/.kube/config
connections=known
open=10.0.0.2:41000 ${old} users:(("kubelet",pid=8,fd=9))
open=${old} 192.0.2.9:51000 users:(("haproxy",pid=7,fd=5))
open=${old} 192.0.2.9:51001 users:(("haproxy",pid=7,fd=6))
open=${old} 10.0.0.2:41000 users:(("haproxy",pid=7,fd=8))
`;
const asked = (text: string) => ({
  ask: async (queries: readonly { readonly id: string }[]) => new Map(queries.map(({ id }) => [id, { raw: text }])),
});
const found = async (known: ReturnType<typeof knownOf>, text: string) => endpointDropped(asked(text) as never, known);

test('what stays served is not dropped, and an address of an API server never is', () => {
  expect(droppedEndpoints(knownOf('{address: 10.0.0.101, also: [10.0.0.100]}', single))).toEqual([]);
  expect(droppedEndpoints(knownOf('{address: 10.0.0.101}', { asks: ['10.0.0.1:6443'] }))).toEqual([]);
  expect(droppedEndpoints(knownOf('{address: 10.0.0.101}', both)).map(({ at }) => at)).toEqual([old]);
});

test('in one step it is said that its clients fail, and how it stays served', async () => {
  const [one] = await found(knownOf('{address: 10.0.0.101}', single), quiet);
  expect(one).toMatchObject({ severity: 'warning', code: 'endpoint-moves-at-once' });
  expect(one?.help).toContain(`also: [${old}]`);
});

test('in the second step it is said who uses it', async () => {
  const [one] = await found(knownOf('{address: 10.0.0.101}', both), busy);
  expect(one).toMatchObject({ severity: 'warning', code: 'endpoint-dropped' });
  expect(one?.says).toContain('192.0.2.9 (8 connections), kubelet on demo-[001-004]');
  expect(one?.says).toContain('/root/.kube/config on demo-[001-004]');
  const [calm] = await found(knownOf('{address: 10.0.0.101}', both), quiet);
  expect(calm?.says).toContain('nobody uses it');
});

test('a host that did not say is named, and one that was not seen refuses it', async () => {
  const [one] = await found(knownOf('{address: 10.0.0.101}', both), 'nonsense');
  expect(one?.says).toContain('connections are not known of demo-[001-004]');
  const [refused] = await found(knownOf('{address: 10.0.0.101}', both, [3]), quiet);
  expect(refused).toMatchObject({ severity: 'error', code: 'endpoint-in-use' });
  expect(refused?.says).toContain('demo-004 cannot be seen');
});

test('what a host says becomes no word of ours', () => {
  const fact = endpointUsers(parseEndpoint(old) as Endpoint);
  const text = `connections=known\nfile=/x\u001b[1m\nopen=${old} $(reboot) x\nopen=a ${old} users:(("$(x)",pid=1))\n`;
  expect(fact.parse(text)).toEqual({ files: [], peers: [], programs: ['a program'], connections: true });
});

test('a router id that stays with the old address is not given to the new one', async () => {
  const built = { ...single, carries: [carried('10.0.0.100', 77)] };
  const file = (also: string) => `{address: 10.0.0.101, virtualRouterId: 77${also}}`;
  const [one] = await found(knownOf(file(', also: [10.0.0.100]'), built), quiet);
  expect(one).toMatchObject({ severity: 'error', code: 'router-id-taken' });
  expect((await found(knownOf(file(''), built), quiet)).map(({ code }) => code)).toEqual(['endpoint-moves-at-once']);
});
