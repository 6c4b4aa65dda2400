/** A load balancer that the file wants no more goes: after everybody who asks it, and only once all of them were seen. */
import { expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { Input } from '../../src/blueprint/input.js';
import { builtScript, readBuilt } from '../../src/facts/host/built.js';
import { fields } from '../../src/facts/host/fields.js';
import type { BalancerPart, HostFacts } from '../../src/model/host-facts.js';
import type { Resource } from '../../src/model/resource.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost, inputFor, released } from '../golden/input.js';

const inputOf = (balance: string, parts: readonly BalancerPart[], unseen: readonly string[] = []): Input => {
  const text = `name: demo\nkubernetes: 1.29.3\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]
endpoint: {address: 10.0.0.100, balance: ${balance}}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const input = inputFor(checked.value, released('1.29.3', '1.7.27'));
  const built = { runs: [], peers: [], balances: parts };
  const facts = new Map<string, HostFacts>(
    checked.value.hosts.flatMap(({ name }) => (unseen.includes(name) ? [] : [[name, emptyHost(name, { built })]])),
  );
  return { ...input, facts };
};
const going = (input: Input): readonly Resource[] =>
  cluster(input).filter(({ because }) => because.includes('balances nothing any more'));

test('the address goes first, then the balancer, after all clients of all hosts', () => {
  const input = inputOf('external', ['haproxy', 'keepalived']);
  const [first] = input.spec.hosts;
  const here = going(input).filter(({ host }) => host === first?.name);
  expect(here.map(({ kind, key }) => `${kind} ${key.split('/').at(-1)}`)).toEqual([
    'service kw-keepalived.service',
    'file keepalived.conf',
    'file health',
    'file kw-keepalived.service',
    'service kw-haproxy.service',
    'file haproxy.cfg',
    'file kw-haproxy.service',
  ]);
  for (const { name } of input.spec.hosts) expect(here[0]?.after).toContain(`${name}/service/kubelet.service`);
  expect(here[4]?.after).toEqual([`${first?.name}/file//etc/systemd/system/kw-keepalived.service`]);
});

test('it stays where the file wants it, where nothing of it is, and while a host was not seen', () => {
  const [, , , last] = inputOf('external', []).spec.hosts;
  const kept = going(inputOf('virtual-address', ['haproxy', 'keepalived']));
  expect([...new Set(kept.map(({ host }) => host))]).toEqual([last?.name]);
  expect(going(inputOf('external', []))).toEqual([]);
  expect(going(inputOf('external', ['haproxy', 'keepalived'], [last?.name ?? '']))).toEqual([]);
});

test('a balancer for one host alone waits for that host alone', () => {
  const input = inputOf('external', ['haproxy']);
  for (const { host, after } of going(input)) expect(after.every(id => id.startsWith(`${host}/`))).toBe(true);
});

test('it is known by its units', () => {
  const text = 'built=yes\nbalances-haproxy=yes\n';
  expect(readBuilt(text, fields(text))?.balances).toEqual(['haproxy']);
  expect(readBuilt('built=yes\n', fields('built=yes\n'))).not.toHaveProperty('balances');
  expect(builtScript).toContain('/etc/systemd/system/kw-$part.service');
});
