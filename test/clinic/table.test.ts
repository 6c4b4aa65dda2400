import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { FaultVariant, LabCluster } from '../../src/lab/faults/fault.js';
import { faults } from '../../src/lab/faults/index.js';
import { sh } from '../../src/shell/sh.js';
import { changedSince, dependencies, digestOf, groups } from '../lab/clinic/digest.js';
import { nameOf, type Trial } from '../lab/clinic/play-fault.js';
import { harmless, rounds } from '../lab/clinic/rounds.js';
import type { Depends, Row } from '../lab/clinic/row.js';
import { left, playAll } from '../lab/clinic/table.js';

const lab: LabCluster = {
  built: 'kubewizard',
  kubernetes: '1.20.2',
  hosts: [1, 2, 3, 4, 5].map(n => ({
    name: `kw-${n}`,
    address: `10.88.1.1${n}`,
    roles: n < 4 ? ['controlPlane', 'worker'] : ['worker'],
  })),
  endpoint: { address: '10.88.1.250', port: 8443 },
};
const worker = (of: LabCluster): string => of.hosts.find(host => !host.roles.includes('controlPlane'))?.name ?? '';
const group: Readonly<Record<string, string>> = {
  a: 'network',
  b: 'runtime',
  c: 'kubelet',
  d: 'network',
  e: 'etcd',
  f: 'pki',
  g: 'rbac',
};
const quiet = [...'abcdefg'].map(id => ({ id, explains: [] }));
const trial = (id: string, more: Partial<FaultVariant> = {}): Trial => ({
  case: id,
  variant: 'x',
  fault: { on: worker, break: sh`true`, symptom: { script: sh`true`, expect: /x/ }, ...more },
});
const chosen = (trials: readonly Trial[], lonely: readonly string[] = [], known: typeof quiet = quiet) =>
  rounds(trials, lab, id => group[id] ?? 'rbac', lonely, known).map(round =>
    round.map(one => `${one.case} ${[one.fault.on(one.lab ?? lab)].flat()}`),
  );

it('lets faults of different groups share a round, each on a worker of its own', () => {
  expect(chosen([trial('a'), trial('b'), trial('c'), trial('d')])).toEqual([
    ['a kw-4', 'b kw-5'],
    ['c kw-4', 'd kw-5'],
  ]);
});

it('plays alone what touches the whole cluster, several hosts, a control plane’s own host, or brings packages', () => {
  for (const other of [
    trial('e'),
    trial('b', { on: () => ['kw-4', 'kw-5'] }),
    trial('b', { on: () => 'kw-1' }),
    trial('b', { also: ['a/x'] }),
    trial('b', { needs: { packages: ['docker.io'] } }),
    trial('unknown'),
  ]) {
    expect(chosen([trial('a'), other])).toHaveLength(2);
    expect(chosen([other, trial('a')])).toHaveLength(2);
  }
  expect(chosen([trial('a'), trial('b')], ['b/x'])).toHaveLength(2);
  expect(chosen([trial('b'), trial('a')], ['b/x'])).toHaveLength(2);
});

it('keeps apart what explains the other, by case or by variant, either way round', () => {
  for (const explains of [['b'], ['b/x']]) {
    const known = [{ id: 'a', explains }, ...quiet.slice(1)] as unknown as typeof quiet;
    expect(chosen([trial('a'), trial('b')], [], known)).toHaveLength(2);
    expect(chosen([trial('b'), trial('a')], [], known)).toHaveLength(2);
  }
});

it('plays every fault of the lab exactly once, and none of etcd, control plane or trust in company', () => {
  const all = faults.flatMap(fault =>
    Object.entries(fault.variants).map(([variant, one]): Trial => ({ case: fault.case, variant, fault: one })),
  );
  const groupOf = groups('.');
  expect(cases.filter(one => groupOf(one.id) === undefined)).toEqual([]);
  const found = rounds(all, lab, groupOf);
  expect(found.flat().map(nameOf).sort()).toEqual(all.map(nameOf).sort());
  expect(found.length).toBeLessThan(all.length);
  for (const round of found.filter(one => one.length > 1)) {
    for (const one of round) expect(['etcd', 'cloud']).not.toContain(groupOf(one.case));
    const planes = round.filter(
      one => String(one.fault.on(one.lab ?? lab)) === 'kw-1' && !harmless.includes(nameOf(one)),
    );
    expect(planes.length).toBeLessThanOrEqual(1);
    expect(new Set(round.map(one => groupOf(one.case))).size).toBe(round.length);
    const hosts = round.filter(one => !harmless.includes(nameOf(one))).map(one => String(one.fault.on(one.lab ?? lab)));
    expect(new Set(hosts).size).toBe(hosts.length);
  }
});

it('lets one fault of one control plane share a round with faults of workers, while others carry the API', () => {
  const plane = trial('f', { on: () => 'kw-1' });
  expect(chosen([plane, trial('a'), trial('b')])).toEqual([['f kw-1', 'a kw-4', 'b kw-5']]);
  expect(chosen([plane, trial('g', { on: () => 'kw-2' })])).toHaveLength(2);
  expect(chosen([trial('client-and-server-disagree-on-ca', { on: () => 'kw-1' }), trial('a')])).toHaveLength(2);
  const two: LabCluster = { ...lab, hosts: lab.hosts.slice(1).filter(host => host.name !== 'kw-3') };
  const groupOf = (id: string): string => (id === 'f' ? 'pki' : 'network');
  expect(rounds([trial('f', { on: () => 'kw-2' }), trial('a')], two, groupOf, [], quiet)).toHaveLength(2);
  const dialled: LabCluster = { ...lab, endpoint: { address: '10.88.1.11', port: 6443 } };
  expect(rounds([plane, trial('a')], dialled, groupOf, [], quiet)).toHaveLength(2);
  expect(rounds([trial('f', { on: () => 'kw-2' }), trial('a')], dialled, groupOf, [], quiet)).toHaveLength(1);
});

it('tells by digests what has changed since a row was played', () => {
  const root = mkdtempSync(join(tmpdir(), 'kw-digest-'));
  const write = (file: string, text: string): void => {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  try {
    write('src/clinic/cases/network/mtu/case.ts', 'a');
    write('src/clinic/cases/network/other/case.ts', 'a');
    write('src/lab/faults/network/mtu.ts', 'a');
    write('src/engine/run.ts', 'a');
    const before = dependencies(root)('mtu');
    const row = { depends: before } as Row;
    write('src/clinic/cases/network/other/case.ts', 'b');
    expect(changedSince(row, dependencies(root)('mtu'))).toEqual([]);
    write('src/clinic/cases/network/mtu/case.ts', 'b');
    expect(changedSince(row, dependencies(root)('mtu'))).toEqual(['case']);
    write('src/lab/faults/network/mtu.ts', 'b');
    write('src/clinic/examine/report.ts', 'a');
    write('src/engine/run.ts', 'b');
    expect(changedSince(row, dependencies(root)('mtu'))).toEqual(['case', 'fault', 'clinic', 'heal']);
    expect(changedSince(undefined, before)).toHaveLength(4);
    expect(digestOf(root, ['src'])).not.toBe(digestOf(root, ['src'], ['src/engine']));
    expect(digestOf(root, ['nowhere'])).toMatch(/^[0-9a-f]{12}$/);
  } finally {
    rmSync(root, { recursive: true });
  }
});

const now: Depends = { case: '1', fault: '1', clinic: '1', heal: '1' };
const row = (id: string, more: Partial<Row> = {}): Row => ({
  at: '2026-11-28T10:00:00.000Z',
  built: 'kubewizard',
  case: id,
  variant: 'x',
  symptom: 1,
  sensitive: true,
  others: [],
  cured: 'yes',
  again: 'nothing',
  depends: now,
  ...more,
});
const names = (rows: readonly Row[], want: Partial<Parameters<typeof left>[2]>) =>
  left([trial('a'), trial('b')], rows, { depends: () => now, ...want }).map(one => one.case);

it('plays all, or what is not good, or what has changed in a part', () => {
  const rows = [row('a'), row('b', { sensitive: false })];
  expect(names(rows, {})).toEqual(['a', 'b']);
  expect(names(rows, { skipDone: true })).toEqual(['b']);
  expect(names([row('a'), row('b')], { changed: ['case', 'heal'] })).toEqual([]);
  expect(names([row('a'), row('b', { depends: { ...now, heal: '0' } })], { changed: ['case', 'heal'] })).toEqual(['b']);
  expect(names([row('a'), row('b', { depends: { ...now, heal: '0' } })], { changed: ['case'] })).toEqual([]);
  const { depends: _, ...old } = row('a');
  expect(names([old, row('b')], { changed: ['case'] })).toEqual(['a']);
  expect(names([row('a'), row('a', { cured: 'no' }), row('b')], { changed: ['case'] })).toEqual(['a']);
});

it('goes on with a run: what it has played well is not played again, what went wrong is', () => {
  const began = '2026-11-28T09:00:00.000Z';
  const old = { at: '2026-11-27T00:00:00.000Z' };
  expect(names([row('a'), row('b', old)], { began })).toEqual(['b']);
  expect(names([row('a', { cured: 'no' }), row('b')], { began })).toEqual(['a']);
  expect(names([row('a', { depends: { ...now, case: '0' } }), row('b', old)], { began, changed: ['case'] })).toEqual(
    [],
  );
});

it('tidies what a round that went wrong has made, on the host where it was made, before it is played one by one', async () => {
  const did: string[] = [];
  const moved = { ...lab, hosts: [...lab.hosts.slice(0, 3), ...lab.hosts.slice(3).reverse()] };
  const testbed = {
    play: {
      lab,
      on: async (host: string) => {
        did.push(host);
        return { code: 0, output: '' };
      },
      name: 'clinic',
      note: () => undefined,
      kw: async () => ({ code: 1, stdout: '', stderr: 'nobody answers' }),
    },
    restore: async () => void did.push('restored'),
  };
  const round = [trial('a'), { ...trial('b', { tidy: sh`true` }), lab: moved }];
  const rows = await playAll(testbed, [round], async () => undefined);
  expect(rows.map(row => row.cured)).toEqual(['not tried', 'not tried']);
  expect(did.slice(0, 2)).toEqual(['kw-5', 'restored']);
});
