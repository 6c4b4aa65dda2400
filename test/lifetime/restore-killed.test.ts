/** A restore on simulated hosts, killed at any step, and begun again: it ends, and nothing serves a mixture. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Restore } from '../../src/blueprint/restore/paths.js';
import { restored } from '../../src/blueprint/restore/restore.js';
import { idOf, type Resource } from '../../src/model/resource.js';
import { readCluster } from '../../src/spec/index.js';

interface Machine {
  readonly name: string;
  readonly marks: Set<string>;
  /** The run that is under way, as the host has it. */
  running?: string | undefined;
  data: string;
  beside?: string | undefined;
  etcd: boolean;
  /** Of the API server: what was in place when it started; undefined: it does not run. */
  cache?: string | undefined;
  node: string;
  exchanges: number;
}

const specOf = (hosts: number) => {
  const lines = Array.from({ length: hosts }, (_, at) => `  - {name: kw-${at + 1}, address: 10.0.0.${at + 11}}`);
  const text = `name: prod\nkubernetes: 1.36.3\nendpoint: {address: 10.0.0.100}\nhosts:\n${lines.join('\n')}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error('the file of this test is wrong');
  return checked.value;
};

const machines = (hosts: number): Map<string, Machine> =>
  new Map(
    Array.from({ length: hosts }, (_, at) => {
      const name = `kw-${at + 1}`;
      return [name, { name, marks: new Set(), data: 'old', etcd: true, cache: 'old', node: 'old', exchanges: 0 }];
    }),
  );

const must = (holds: boolean, law: string): void => {
  if (!holds) throw new Error(`law: ${law}`);
};

/** What a step does, and what must be true when it does. */
const acts = (
  one: Machine,
  step: string,
  run: string,
  members: readonly Machine[],
  planes: readonly Machine[],
): void => {
  switch (step) {
    case 'prepared':
      one.running = run;
      one.beside = 'new';
      return;
    case 'stopped':
      must(
        members.every(each => each.beside === 'new' || each.data === 'new'),
        'nothing stops before all is prepared',
      );
      one.cache = undefined;
      return;
    case 'exchanged':
      must(
        planes.every(each => each.cache === undefined),
        'no API server sees the exchange',
      );
      one.etcd = false;
      if (one.beside === undefined) return;
      [one.data, one.beside] = [one.beside, undefined];
      one.exchanges += 1;
      return;
    case 'started':
      must(
        members.every(each => each.data === 'new'),
        'no member starts beside old data',
      );
      one.etcd = true;
      return;
    case 'serving':
      must(
        members.every(each => each.etcd && each.data === 'new'),
        'the API serves the restored data alone',
      );
      one.cache = 'new';
      return;
    case 'renewed':
      one.node = 'new';
      return;
    case 'ended':
      one.marks.add('ended');
      one.running = undefined;
      return;
    default:
  }
};

/** Carries on until `budget` halves of a step are done: a step acts, then leaves its mark. False: killed. */
const carry = (
  all: readonly Resource[],
  hosts: Map<string, Machine>,
  run: string,
  budget: number,
  order: number,
): boolean => {
  const members = [...hosts.values()].filter(({ name }) =>
    all.some(one => one.host === name && /exchanged/.test(one.key)),
  );
  const planes = [...hosts.values()].filter(({ name }) =>
    all.some(one => one.host === name && /serving/.test(one.key)),
  );
  let [left, seed] = [budget, order];
  const isDone = ({ host, key }: Resource): boolean => {
    const one = hosts.get(host);
    const name = key.replace('restore-', '');
    if (one?.marks.has(name) !== true) return false;
    if (name === 'stopped') return one.marks.has('serving') || one.cache === undefined;
    return name !== 'ended' || one.running === undefined;
  };
  for (;;) {
    const done = new Set(all.filter(isDone).map(one => idOf(one)));
    const ready = all.filter(one => !done.has(idOf(one)) && one.after.every(id => done.has(id)));
    if (ready.length === 0) return all.every(isDone);
    seed = (seed * 48271 + 11) % 2147483647;
    const next = ready[seed % ready.length];
    const one = next && hosts.get(next.host);
    if (!next || !one) return false;
    if (left-- <= 0) return false;
    acts(one, next.key.replace('restore-', ''), run, members, planes);
    if (left-- <= 0) return false;
    one.marks.add(next.key.replace('restore-', ''));
  }
};

/** What stands at boot starts, on whatever data lie there. */
const reboot = (one: Machine, isMember: boolean, isPlane: boolean): void => {
  if (isMember) one.etcd = true;
  if (isPlane) one.cache = one.data;
};

test('law: killed anywhere, hosts restarted in between, it converges, exchanges once, and serves nothing old', () => {
  const stories = fc.record({
    count: fc.constantFrom(1, 3, 4, 5),
    kills: fc.array(fc.nat({ max: 70 }), { maxLength: 6 }),
    order: fc.nat(),
    reboots: fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(stories, ({ count, kills, order, reboots }) => {
      const spec = specOf(count);
      const hosts = machines(count);
      const begin = (fresh: string): readonly [readonly Resource[], string] => {
        const run = [...hosts.values()].find(({ running }) => running !== undefined)?.running ?? fresh;
        const restore: Restore = {
          spec,
          run,
          sha256: 'ab'.repeat(32),
          keys: 1,
          revision: 42,
          members: spec.hosts.filter(({ roles }) => roles.includes('etcd')),
          controlPlanes: spec.hosts.filter(({ roles }) => roles.includes('controlPlane')),
          nodes: spec.hosts,
        };
        return [restored(restore), run];
      };
      let over = false;
      for (const [at, kill] of [...kills, 1000].entries()) {
        if (over) break;
        const [all, run] = begin(`20261128T23060${at}Z-abababababab`);
        over = carry(all, hosts, run, kill, order + at);
        const booted = [...hosts.values()][reboots[at] ?? -1];
        const roles = spec.hosts.find(({ name }) => name === booted?.name)?.roles ?? [];
        if (booted && !over) reboot(booted, roles.includes('etcd'), roles.includes('controlPlane'));
      }
      expect(over).toBe(true);
      for (const one of hosts.values()) {
        expect(one.running).toBeUndefined();
        expect(one.node).toBe('new');
        if (spec.hosts.find(({ name }) => name === one.name)?.roles.includes('etcd'))
          expect([one.data, one.exchanges, one.etcd]).toEqual(['new', 1, true]);
        if (spec.hosts.find(({ name }) => name === one.name)?.roles.includes('controlPlane'))
          expect(one.cache).toBe('new');
      }
    }),
    { numRuns: 400 },
  );
});
