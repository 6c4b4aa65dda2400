/**
 * The floor under the verdict: whatever a chart shows as broken, at whatever place, its verdict is never healthy and
 * names the place; and nothing of a healthy cluster is called broken.
 */
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { exitOf, flat, type Report } from '../../src/clinic/examine/report.js';
import { signsOf, unexplainedOf } from '../../src/clinic/examine/unexplained/index.js';
import { subjectText } from '../../src/clinic/examine/verdict.js';
import { reportText } from '../../src/cli/view/clinic/text.js';
import { piecesOf, without } from './evidence.js';
import { baseChart, type Fixture, fixturesOf, readFixture } from './fixture.js';
import { plants } from './plant.js';

const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
};
const picker = (seed: number) => {
  const next = random(seed);
  return <T>(all: readonly T[]): T => {
    const found = all[Math.floor(next() * all.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  };
};

/** Broken, though not by the case whose fixture it is: said so rightly. */
const rightly = new Set(['etcd-nospace/healthy-large.yaml', 'master-endpoints-reset/healthy-halted.yaml']);

const healthyFixtures = async (): Promise<readonly (Fixture & { readonly name: string })[]> => {
  const all = cases.flatMap(one => fixturesOf(one.id).map(file => [one.id, file] as const));
  const read = await Promise.all(
    all
      .filter(([, file]) => !file.startsWith('sick'))
      .map(async ([id, file]) => ({
        ...(await readFixture(id, file)),
        name: `${id}/${file}`,
      })),
  );
  return read.filter(one => one.verdict === 'healthy' && one.also.length === 0 && !rightly.has(one.name));
};

const placesOf = (report: Report): readonly string[] => [
  ...(report.unexplained ?? []).map(one => `${one.host} ${subjectText(one.subject)}`),
  ...flat(report.causes).flatMap(one => one.findings.map(each => `${each.host} `)),
];

describe.each(['five', 'kubeadm'] as const)('on the healthy base %s', base => {
  test('nothing is broken', () => expect(signsOf(baseChart(base)).map(one => one.says)).toEqual([]));

  test.each(plants)('%s: never healthy, and at its place', (_, plant) => {
    for (let seed = 1; seed <= 3; seed++) {
      const { chart, host, thing } = plant(baseChart(base), picker(seed));
      const signs = signsOf(chart).filter(one => one.host === host && subjectText(one.subject).includes(thing));
      expect(signs, `${host} ${thing}`).not.toEqual([]);
      for (const sign of signs) {
        expect(sign.shows.length).toBeGreaterThan(0);
        expect(sign.next).not.toBe('');
      }
      if (seed > 1) continue;
      const report = examine(chart, cases);
      expect(exitOf(report)).toBe(2);
      expect(placesOf(report).some(place => place.startsWith(`${host} `) || place.startsWith('cluster '))).toBe(true);
      expect(reportText(report, { colors: false })).not.toContain('is healthy');
    }
  });
});

test('a healthy fixture of any case has nothing broken in it', async () => {
  const all = await healthyFixtures();
  expect(all.length).toBeGreaterThan(50);
  const accused = all.flatMap(({ name, chart }) => signsOf(chart).map(sign => `${name}: ${sign.says}`));
  expect(accused).toEqual([]);
});

test('with something broken at a random place no healthy fixture is healthy any more', async () => {
  const all = await healthyFixtures();
  const quiet = all.flatMap(({ name, chart }, index) => {
    const pick = picker(index + 1);
    const [what, plant] = pick(plants);
    const planted = plant(chart, pick);
    const seen = signsOf(planted.chart).some(one => one.host === planted.host);
    const found = unexplainedOf(planted.chart, []).length > 0;
    return seen && found ? [] : [`${name}: ${what}`];
  });
  expect(quiet).toEqual([]);
});

test('what a cause of the same host, of a control plane or of the cluster explains is not told twice', () => {
  const ready = plants.find(([name]) => name === 'node condition Ready=False');
  const { chart, host } = ready?.[1](baseChart('five'), all => all[4] ?? (all[0] as never)) ?? expect.unreachable();
  const cause = (at: string, id = 'kubelet-waiting') =>
    [{ case: id, findings: [{ host: at }], consequences: [] }] as unknown as Report['causes'];
  expect(host).toBe('kw-5');
  expect(unexplainedOf(chart, [])).toHaveLength(1);
  for (const at of ['kw-5', 'kw-1', 'cluster']) expect(unexplainedOf(chart, cause(at)), at).toEqual([]);
  expect(unexplainedOf(chart, cause('kw-4'))).toHaveLength(1);
  expect(unexplainedOf(chart, cause('kw-1', 'not-highly-available'))).toHaveLength(1);
});

test('a young Service without pods is given a minute, with young pods more', () => {
  const [, plant] = plants.find(([name]) => name === 'DNS without a server') ?? expect.unreachable();
  const { chart } = plant(baseChart('five'), all => all[0] as never);
  const { services, pods } = chart.api.objects;
  const [all, running] = [services, pods].map(list => (list && 'value' in list ? list : expect.unreachable()));
  const aged = (seconds: number, withPod: boolean): Chart => {
    const creationTimestamp = new Date(Date.parse(chart.now) - seconds * 1000).toISOString();
    const metadata = { name: 'x', namespace: 'kube-system', creationTimestamp, labels: { 'k8s-app': 'nobody' } };
    const young = (all?.value ?? []).map(one =>
      one.metadata.name === 'kube-dns' ? { ...one, metadata: { ...one.metadata, creationTimestamp } } : one,
    );
    const value = [...(running?.value ?? []), ...(withPod ? [{ metadata }] : [])];
    const objects = { ...chart.api.objects, services: { ...all, value: young }, pods: { ...running, value } };
    return { ...chart, api: { ...chart.api, objects: objects as typeof chart.api.objects } };
  };
  const kinds = (one: Chart) => signsOf(one).filter(({ kind }) => kind === 'service').length;
  expect([kinds(aged(30, false)), kinds(aged(90, false))]).toEqual([0, 1]);
  expect([kinds(aged(90, true)), kinds(aged(600, true))]).toEqual([0, 1]);
});

test('a slow disk explains no DNS without a server', () => {
  const [, plant] = plants.find(([name]) => name === 'DNS without a server') ?? expect.unreachable();
  const { chart } = plant(baseChart('five'), all => all[0] as never);
  const cause = (id: string) => [{ case: id, findings: [{ host: 'kw-1' }], consequences: [] }];
  const left = (id: string) => unexplainedOf(chart, cause(id) as unknown as Report['causes']);
  expect(left('etcd-slow-disk')).toHaveLength(1);
  expect(left('kubelet-waiting')).toEqual([]);
});

test('a pod that its own mistake keeps from starting says nothing of its host', () => {
  const [, plant] = plants.find(([name]) => name.includes('exec format error')) ?? expect.unreachable();
  const { chart } = plant(baseChart('five'), all => all[0] as never);
  const { events, pods } = chart.api.objects;
  const all = (list: typeof events) => (list && 'value' in list ? list : expect.unreachable());
  const changed = (list: 'events' | 'pods', change: object): Chart => {
    const seen = all(list === 'events' ? events : pods);
    const value = seen.value.map((one, at) => (at === seen.value.length - 1 ? { ...one, ...change } : one));
    return { ...chart, api: { ...chart.api, objects: { ...chart.api.objects, [list]: { ...seen, value } } } };
  };
  const starts = (one: Chart): number => signsOf(one).filter(({ kind }) => kind === 'start').length;
  expect(starts(chart)).toBe(1);
  const absent = 'MountVolume.SetUp failed for volume "x" : configmap "x" not found';
  expect(starts(changed('events', { reason: 'FailedMount', message: absent })), 'a name that is absent').toBe(0);
  expect(starts(changed('events', { message: 'no runtime for "kata" is configured: RuntimeHandler' }))).toBe(0);
  const long = new Date(Date.parse(chart.now) - 600_000).toISOString();
  expect(starts(changed('events', { lastTimestamp: long })), 'over').toBe(0);
  expect(starts(changed('pods', { status: { phase: 'Running' } })), 'it runs').toBe(0);
});

test('a program that somebody stopped is told beside whatever else is ill', () => {
  const [, plant] = plants.find(([name]) => name.startsWith('kube-proxy is stopped')) ?? expect.unreachable();
  const { chart, host } = plant(baseChart('five'), all => all[0] as never);
  const seen = chart.hosts.get(host) ?? expect.unreachable();
  const all = 'value' in seen.processes ? seen.processes : expect.unreachable();
  const twice = { ...seen, processes: { ...all, value: [...all.value, ...all.value] } };
  const both = { ...chart, hosts: new Map(chart.hosts).set(host, twice) };
  expect(unexplainedOf(both, []), 'a master and its worker').toHaveLength(1);
  for (const at of [host, 'kw-1', 'cluster']) {
    const causes = [{ case: 'kubelet-waiting', findings: [{ host: at }], consequences: [] }];
    const left = unexplainedOf(chart, causes as unknown as Report['causes']);
    expect(
      left.map(one => [one.kind, one.host]),
      at,
    ).toEqual([['process', host]]);
  }
});

test('a slow disk of etcd explains what waits for etcd, and nothing else', () => {
  const slow = [
    { case: 'etcd-slow-disk', findings: [{ host: 'kw-3' }], consequences: [] },
  ] as unknown as Report['causes'];
  const left = (name: string): readonly string[] => {
    const [, plant] = plants.find(([one]) => one === name) ?? expect.unreachable();
    return unexplainedOf(plant(baseChart('five'), picker(1)).chart, slow).map(one => one.kind);
  };
  for (const name of ['readyz check etcd', 'lease kube-node-lease/of a node', 'node condition Ready=Unknown'])
    expect(left(name), name).toEqual([]);
  expect(left('unit has failed')).toEqual(['unit']);
  expect(left('pod failed')).toEqual(['pod']);
});

/** Its API server was started so many seconds ago. */
const started = (chart: Chart, name: string, ago: number): Chart => {
  const host = chart.hosts.get(name) ?? expect.unreachable();
  const startedAt = new Date(Date.parse(chart.now) - ago * 1000).toISOString();
  const all = 'value' in host.processes ? host.processes.value : expect.unreachable();
  const value = all.map(one => (one.program === 'kube-apiserver' ? { ...one, startedAt } : one));
  return { ...chart, hosts: new Map(chart.hosts).set(name, { ...host, processes: { ...host.processes, value } }) };
};

test('a symptom that is over, or that belongs to somebody else, is not a sign', () => {
  const chart = baseChart('five');
  const now = Date.parse(chart.now);
  const logged = (line: string, times: readonly number[]): Chart => {
    const host = chart.hosts.get('kw-4') ?? expect.unreachable();
    const lines = times.map(ago => `${new Date(now - ago * 1000).toISOString()} kw-4 kubelet[1]: ${line}`);
    const logs = 'value' in host.logs ? { ...host.logs, value: { ...host.logs.value, kubelet: lines } } : host.logs;
    return { ...chart, hosts: new Map(chart.hosts).set('kw-4', { ...host, logs }) };
  };
  const api = 'dial tcp 192.0.2.10:6443: connect: connection refused';
  const going = [280, 200, 100, 10];
  expect(signsOf(logged(api, going))).toHaveLength(1);
  expect(signsOf(logged(api, [280, 250, 220, 180])), 'over').toEqual([]);
  expect(signsOf(logged(api, [30, 20, 10])), 'a start').toEqual([]);
  const own = api.replace('192.0.2.10', chart.hosts.get('kw-1')?.address ?? '');
  expect(signsOf(logged(own, going))).toHaveLength(1);
  expect(signsOf(started(logged(own, going), 'kw-1', 5)), 'of a server that was started since').toEqual([]);
  expect(signsOf(started(logged(own, going), 'kw-2', 5)), 'of another').toHaveLength(1);
  expect(signsOf(logged(`Probe failed: ${api}`, going)), 'of a pod').toEqual([]);
  expect(signsOf(logged('failed to pull image "x": Unauthorized', going)), 'of a registry').toEqual([]);
});

test.each(['logs', 'files', 'sysctls'] as const)('%s that are empty where they cannot be were not seen', section => {
  const chart = baseChart('five');
  const host = chart.hosts.get('kw-4') ?? expect.unreachable();
  const value = section === 'files' ? [] : section === 'logs' ? { kubelet: [] } : {};
  const seen = host[section];
  const emptied = { ...host, [section]: { ...seen, value } };
  const report = examine({ ...chart, hosts: new Map(chart.hosts).set('kw-4', emptied) }, cases);
  const gone = examine(without(chart, `hosts/kw-4/${section}`), cases);
  expect(report.verdict).toBe('unseen');
  expect(report.refuted.map(one => one.case)).toEqual(gone.refuted.map(one => one.case));
  expect(piecesOf(chart)).toContain(`hosts/kw-4/${section}`);
});

test('a DaemonSet that was refused a pod once and has all of them by now is whole', () => {
  const [, plant] = plants.find(([name]) => name.startsWith('a DaemonSet')) ?? [];
  const { chart } = plant?.(baseChart('five'), picker(1)) ?? { chart: baseChart('five') };
  expect(signsOf(chart).map(one => one.kind)).toEqual(['workload']);
  const sets = chart.api.objects['daemonsets.apps'];
  const value = [
    {
      metadata: { name: 'planted', namespace: 'kube-system' },
      status: { desiredNumberScheduled: 2, currentNumberScheduled: 2 },
    },
  ];
  const whole = { ...chart.api.objects, 'daemonsets.apps': { ...sets, value } } as Chart['api']['objects'];
  expect(signsOf({ ...chart, api: { ...chart.api, objects: whole } })).toEqual([]);
});
