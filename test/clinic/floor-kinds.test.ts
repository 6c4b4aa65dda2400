/** Kinds of broken signs that look like something harmless: the near misses of each, and what absorbs what. */
import { expect, test } from 'vitest';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { Report } from '../../src/clinic/examine/report.js';
import { signsOf, unexplainedOf } from '../../src/clinic/examine/unexplained/index.js';
import { baseChart } from './fixture.js';
import { plants } from './plant.js';
import { ago, inHost, inList, type Tree } from './planting.js';

const five = baseChart('five');
const planted = (name: string, on: Chart = five) => {
  const [, plant] = plants.find(([one]) => one.startsWith(name)) ?? expect.unreachable(name);
  return plant(on, all => all[0] as never);
};
const kinds = (chart: Chart): readonly string[] => signsOf(chart).map(one => one.kind);
const last = (list: string, chart: Chart, change: (one: Tree) => Tree): Chart =>
  inList(chart, list, all => all.map((one, at) => (at === all.length - 1 ? change(one) : one)));

test('a pod that hangs is told apart from one that is young, that pulls, or that says what it lacks', () => {
  const { chart } = planted('a pod that waits for its sandbox');
  expect(kinds(chart)).toEqual(['start']);
  const status = (more: Tree) => last('pods', chart, one => ({ ...one, status: { ...one.status, ...more } }));
  expect(kinds(status({ startTime: ago(chart, 20) })), 'young').toEqual([]);
  const made = [{ type: 'PodReadyToStartContainers', status: 'True' }];
  expect(kinds(status({ conditions: made })), 'its sandbox is made').toEqual([]);
  const involvedObject = { kind: 'Pod', name: 'somebodys', namespace: 'default' };
  const event = {
    metadata: { name: 'x' },
    type: 'Warning',
    reason: 'FailedMount',
    message: 'no secret',
    involvedObject,
  };
  expect(kinds(inList(chart, 'events', all => [...all, event])), 'it says so').toEqual([]);
});

test('a pod that does not end may wait for a finalizer, or for its time to be over', () => {
  const { chart } = planted('a pod that does not end');
  expect(kinds(chart)).toEqual(['start']);
  const metadata = (more: Tree) => last('pods', chart, one => ({ ...one, metadata: { ...one.metadata, ...more } }));
  expect(kinds(metadata({ finalizers: ['batch.kubernetes.io/job-tracking'] }))).toEqual([]);
  expect(kinds(metadata({ deletionTimestamp: ago(chart, -20) }))).toEqual([]);
});

test('of a node that is not ready its pods tell nothing besides', () => {
  const { chart, host } = planted('a pod that does not end');
  const gone = inList(chart, 'nodes', all =>
    all.map(one =>
      one.metadata.name === host ? { ...one, status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } } : one,
    ),
  );
  expect(kinds(gone)).toEqual(['node']);
});

test('what is only slow to be deleted is given its time', () => {
  const { chart } = planted('an object with a finalizer');
  expect(kinds(chart)).toEqual(['deletion']);
  const young = (seconds: number) =>
    last('services', chart, one => ({ ...one, metadata: { ...one.metadata, deletionTimestamp: ago(chart, seconds) } }));
  expect([kinds(young(60)), kinds(young(900))]).toEqual([[], ['deletion']]);
});

test('limits that leave room are none, and a busy minute is not a limit', () => {
  const { chart, host } = planted('kube-apiserver waits for the processor');
  const seen = chart.hosts.get(host) ?? expect.unreachable();
  const limited = (limits: Tree) =>
    inHost(chart, seen, 'processes', all => all.map((one: Tree) => (one.limits ? { ...one, limits } : one)));
  expect(kinds(chart)).toEqual(['process']);
  for (const limits of [
    { cpu: { periods: 1000, throttled: 300 } },
    { cpu: { periods: 20, throttled: 20 } },
    { tasks: { most: 4915, now: 40 } },
    { memory: { most: 1_000_000_000, now: 700_000_000 } },
  ])
    expect(kinds(limited(limits)), JSON.stringify(limits)).toEqual([]);
});

test('a pod that waits for its gate, or for another scheduler, is seen by those whom it waits for', () => {
  const { chart } = planted('a pod at which no scheduler looks');
  expect(kinds(chart)).toEqual(['workload']);
  const gated = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }];
  expect(kinds(last('pods', chart, one => ({ ...one, status: { ...one.status, conditions: gated } })))).toEqual([]);
  expect(kinds(last('pods', chart, one => ({ ...one, spec: { schedulerName: 'volcano' } })))).toEqual([]);
});

test('what the API server would not take from kubelets is told, of all of them once, and what it takes is not', () => {
  const tried = (status: number, message: string, hosts = ['kw-5']): Chart => ({
    ...five,
    traffic: {
      ...{ at: five.now, seconds: 1, probes: [], traces: [], unmeasured: [] },
      reports: hosts.map(host => ({ host, what: 'its lease', path: '/x', status, message })),
    },
  });
  expect(kinds(tried(200, ''))).toEqual([]);
  const denied = tried(422, "ValidatingAdmissionPolicy 'strict' denied request: no");
  expect(signsOf(denied).map(one => [one.kind, one.host])).toEqual([['report', 'kw-5']]);
  const all = tried(429, '', ['kw-1', 'kw-2', 'kw-3']);
  expect(signsOf(all).map(one => [one.kind, one.host])).toEqual([['report', 'cluster']]);
});

test('a program that is stopped explains what its own host shows besides', () => {
  const { chart, host } = planted('kube-apiserver waits for the processor');
  const url = `https://${chart.hosts.get(host)?.address}:6443/readyz?verbose`;
  const silent = (name: string) =>
    inHost(chart, chart.hosts.get(name) ?? expect.unreachable(), 'health', value => ({ ...value, [url]: 'timeout' }));
  expect(unexplainedOf(silent(host), []).map(one => one.kind)).toEqual(['process']);
  const other = [...chart.hosts.keys()].find(one => one !== host) ?? '';
  expect(unexplainedOf(silent(other), []).map(one => one.kind)).toEqual(['process', 'readyz']);
});

test('an aggregated API without pods, or lost packets, do not explain why no pod is made', () => {
  const { chart } = planted('a Deployment of kube-system whose pods are refused');
  const left = (id: string) =>
    unexplainedOf(chart, [
      { case: id, findings: [{ host: 'cluster' }], consequences: [] },
    ] as unknown as Report['causes']).map(one => one.kind);
  for (const id of ['namespace-terminating-apiservice', 'data-path', 'etcd-slow-disk'])
    expect(left(id), id).toEqual(['workload']);
  expect(left('webhook-deadlock')).toEqual([]);
});

test('a unit that restarted again and again is over it once it has run much longer than it ever did', () => {
  const { chart, host, thing } = planted('unit restarted 19 times');
  const ran = (started: number, ...restarted: readonly number[]): Chart =>
    inHost(chart, chart.hosts.get(host) ?? expect.unreachable(host), 'units', all =>
      all.map((one: Tree) =>
        one.name === thing
          ? { ...one, startedAt: ago(chart, started), restartedAt: restarted.map(each => ago(chart, each)) }
          : one,
      ),
    );
  expect(kinds(ran(30, 63, 52, 41, 30)), 'every 11 s, and again 30 s ago').toEqual(['unit']);
  expect(kinds(ran(50, 83, 72, 61, 50)), 'every 11 s, and not for 50 s').toEqual([]);
  expect(kinds(ran(250, 950, 700, 400, 250)), 'every 5 min').toEqual(['unit']);
  expect(kinds(ran(1000, 1700, 1450, 1150, 1000)), 'every 5 min, and not for a quarter of an hour').toEqual([]);
  expect(kinds(ran(1000)), 'nobody knows how often').toEqual(['unit']);
});
