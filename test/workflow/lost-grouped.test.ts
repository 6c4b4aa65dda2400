import { expect, test } from 'vitest';
import { failureText } from '../../src/cli/view/failure.js';
import type { Host } from '../../src/model/cluster.js';
import type { Failure } from '../../src/model/event.js';
import { groupByCause, tellLost, tellRefused } from '../../src/workflow/build/lost.js';

const names = ['cp1', 'cp2', 'w1', 'w2'];
const hosts = names.map(
  (name, n): Host => ({ name, address: `10.0.0.${n + 1}`, roles: [], labels: {}, taints: [], ssh: {} }),
);
const sudo: Failure = { class: 'auth', message: 'sudo wants the password of ops', help: 'the line' };
const away = (n: number): Failure => ({ class: 'unreachable', message: `10.0.0.${n} port 22 refuses connections` });
const texts = (lost: Readonly<Record<string, Failure>>): readonly string[] =>
  groupByCause(hosts, new Map(Object.entries(lost))).map(failureText);

test('one cause is told once with its help, and names its hosts in the order of the file', () => {
  expect(texts({ w1: { ...sudo, host: 'w1' }, w2: away(4), cp1: { ...sudo, host: 'cp1' }, cp2: away(2) })).toEqual([
    '2 hosts: login refused: sudo wants the password of ops: cp1, w1\n  do: the line',
    '2 hosts: unreachable: port 22 refuses connections: cp2, w2',
  ]);
});

test('causes that differ stay apart, and a host alone keeps its address', () => {
  expect(texts({ w1: { ...sudo, help: 'another line' }, cp2: sudo, cp1: away(1) })).toEqual([
    'cp1: unreachable: 10.0.0.1 port 22 refuses connections',
    'cp2: login refused: sudo wants the password of ops\n  do: the line',
    'w1: login refused: sudo wants the password of ops\n  do: another line',
  ]);
});

test('with no host left the end names all of them, and nothing is told twice', () => {
  const told: unknown[] = [];
  const lost = new Map(names.map(name => [name, sudo]));
  const tell = (): void => tellLost({ spec: { hosts } as never, lost }, event => told.push(event));
  expect(tell).toThrow(expect.objectContaining({ failure: { ...sudo, hosts: names } }));
  expect(told).toEqual([]);
});

test('who looks on is told what a person can lift, once, and is not stopped', () => {
  const told: unknown[] = [];
  const lost = new Map([...names.slice(1).map(name => [name, sudo] as const), ['cp1', away(1)] as const]);
  tellRefused({ spec: { hosts } as never, lost }, event => told.push(event));
  expect(told).toEqual([{ type: 'failure', failure: { ...sudo, hosts: ['cp2', 'w1', 'w2'] } }]);
});
