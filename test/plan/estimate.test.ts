/** How long it takes: of what is configured, of what runs took before, and held to what the lab measured. */
import { describe, expect, test } from 'vitest';
import { emptyAnswers } from '../../bench/fleet/answers.js';
import { cluster } from '../../src/blueprint/cluster.js';
import { drainSeconds } from '../../src/blueprint/components/apiserver-drain.js';
import { restartsIn } from '../../src/engine/past-restarts.js';
import type { Artifact, ArtifactSet } from '../../src/model/artifact.js';
import { draft } from '../../src/plan/draft.js';
import { estimate, inWords, whySoLong } from '../../src/plan/estimate.js';
import { withPast } from '../../src/plan/past.js';
import { planText } from '../../src/plan/text.js';
import { service } from '../../src/resources/service.js';
import { readCluster } from '../../src/spec/index.js';
import { debian, inputFor } from '../golden/input.js';
import { answersOf, kinds, unit, wanted } from './wants.js';

/** Sizes as Debian's and Kubernetes' own files have them, about. */
const sized = (set: ArtifactSet): ArtifactSet => {
  const large = (all: object) =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, { ...(one as Artifact), size: 60e6 }]));
  return { ...set, binaries: large(set.binaries), images: large(set.images) } as ArtifactSet;
};

const firstBuild = (hosts: string) => {
  const file = `apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.20.2\nartifacts: {source: debian}\n${hosts}`;
  const checked = readCluster(file, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const resources = cluster(inputFor(checked.value, sized(debian)));
  return draft({ cluster: 'demo', spec: {}, resources, answers: emptyAnswers(resources), kinds });
};

/** Seconds of whole runs of `kw up` in the lab, from their journals: two cores, idle and busy. */
describe('a first build takes about what it took in the lab, within a factor of 2', () => {
  const list = (count: number) => Array.from({ length: count }, (_, n) => `10.0.0.${11 + n}`).join(', ');
  test.each([
    ['one host', `hosts: [${list(1)}]`, [15.3, 22.8, 26.7, 28.7, 30.7, 31.6]],
    ['two hosts', `hosts: [${list(2)}]`, [26.1, 27.5, 34]],
    ['five hosts', `hosts: [${list(5)}]\nendpoint: {address: 10.0.0.100}`, [36.6, 37.2, 44, 56.4]],
  ])('%s', (_, hosts, measured) => {
    const median = measured[measured.length >> 1] ?? 0;
    const ratio = estimate(firstBuild(hosts)) / median;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});

test('files of many hosts share what the control machine sends', () => {
  const plan = firstBuild(`hosts: [${Array.from({ length: 20 }, (_, n) => `10.0.0.${11 + n}`).join(', ')}]`);
  const bytes = plan.steps
    .flatMap(step => step.actions)
    .reduce((sum, one) => sum + (one.do === 'fetch' ? one.size : 0), 0);
  expect(estimate(plan)).toBeGreaterThan(bytes / 100e6);
});

describe('an API server that drains says so', () => {
  test.each([
    [{ 'shutdown-delay-duration': '6s', 'request-timeout': '1m0s' }, 66],
    [{ 'shutdown-delay-duration': '6s', 'shutdown-send-retry-after': 'true', 'request-timeout': '1m0s' }, 9],
    [{ 'request-timeout': '1m30s' }, 90],
    [{ 'shutdown-delay-duration': '1.5h' }, 5460],
    [{}, 60],
  ])('%o ends in %d s', (flags, seconds) => expect(drainSeconds(flags as Record<string, string>)).toBe(seconds));

  const restarting = (hosts: readonly string[], endsIn: number) => {
    const resources = hosts.map(host =>
      wanted(
        'service',
        host,
        'kube-apiserver.service',
        { running: true, atBoot: true, reads: ['/etc/x'], endsIn },
        [],
        'control-plane',
      ),
    );
    const answers = new Map(
      [...answersOf(resources, 'built')].map(([id, answer]) => [
        id,
        'raw' in answer ? { raw: answer.raw.replace('now \n', 'now /etc/x=1:1:1999999999.0|\n') } : answer,
      ]),
    );
    const members = hosts.map(host => ({ host, etcd: true, api: true, node: true, seen: true }));
    return draft({ cluster: 'demo', spec: {}, resources, answers, kinds, members });
  };

  test('three of them, one after another', () => {
    const plan = restarting(['kw-1', 'kw-2', 'kw-3'], 64);
    expect(estimate(plan)).toBeGreaterThan(3 * 64);
    expect(estimate(plan)).toBeLessThan(3 * 64 * 1.2);
    expect(planText(plan, { color: false, width: Number.POSITIVE_INFINITY, verbose: false })).toMatch(
      /about 3 min \d0 s: 3 API servers, one after another, each drains for up to 64 s\n$/,
    );
    expect(whySoLong(restarting(['kw-1'], 64))).toBe(': the API server drains for up to 64 s');
    expect(whySoLong(restarting(['kw-1', 'kw-2'], 0))).toBe('');
  });

  test('what restarts took here before counts more than any model', () => {
    const plan = withPast(restarting(['kw-1', 'kw-2', 'kw-3'], 64), new Map([['service/kube-apiserver.service', 12]]));
    expect(estimate(plan)).toBe(3 * 12 + 1);
    expect(whySoLong(plan)).toContain('each took 12 s here before');
  });
});

test('a server that is stopped for good ends what it serves first, as before a restart: a reset waits for it', () => {
  const want = { running: false, atBoot: false, reads: [], endsIn: 14 };
  const stopped = [{ verb: 'delete', field: 'running', from: 'active (running)', to: 'stopped' }] as const;
  expect(service.plan('kube-apiserver.service', want, stopped)).toMatchObject({ risk: 'downtime', seconds: 14 });
  expect(service.plan('kube-apiserver.service', want, [])).not.toHaveProperty('seconds');
});

test('nodes in waves: as many rounds as the width asks for', () => {
  const hosts = Array.from({ length: 97 }, (_, at) => `w-${at}`);
  const resources = hosts.flatMap(host => unit(host, 'kubelet', '1', 'nodes'));
  const plan = draft({ cluster: 'demo', spec: {}, resources, answers: answersOf(resources, 'built', '2'), kinds });
  const one = draft({
    cluster: 'demo',
    spec: {},
    resources: unit('w-0', 'kubelet', '1', 'nodes'),
    answers: answersOf(unit('w-0', 'kubelet', '1', 'nodes'), 'built', '2'),
    kinds,
  });
  // A canary, then 96 hosts in four waves, of each the first host alone: nine restarts one after another.
  expect(estimate(plan)).toBeGreaterThan(8 * (estimate(one) - 1));
  expect(estimate(plan)).toBeLessThan(10 * estimate(one));
});

describe('journals teach how long restarts take', () => {
  const line = (event: object) => `${JSON.stringify({ n: 1, at: '2026-11-28T10:00:00Z', ...event })}\n`;
  const restart = (host: string, key: string, seconds: number, risk = 'restart', how = 'mended') => {
    const step = `${host}/service/${key}`;
    return (
      line({ type: 'step-started', step, host, says: 'x', risk }) +
      line({ type: 'step-done', step, host, how, seconds })
    );
  };
  test('the median of each unit, of restarts alone', () => {
    const journals = [
      restart('a', 'kube-apiserver.service', 60) + restart('b', 'kube-apiserver.service', 64),
      restart('a', 'kube-apiserver.service', 900) + restart('a', 'kubelet.service', 3, 'none'),
      restart('a', 'etcd.service', 9, 'restart', 'converged'),
    ];
    expect(restartsIn(journals)).toEqual(new Map([['service/kube-apiserver.service', 64]]));
  });
  test.each([
    '',
    'junk\n',
    '{"type":"step-done"}\n',
    '{"type":1,"at":2}\n',
    line({ type: 'step-done', step: '//', how: 'mended' }),
  ])('junk teaches nothing: %j', text => expect(restartsIn([text]).size).toBe(0));
});

test.each([
  [4, 'about 4 s'],
  [37, 'about 40 s'],
  [198, 'about 3 min 20 s'],
  [240, 'about 4 min'],
  [594, 'about 9 min 50 s'],
  [3600, 'about 60 min'],
])('%d s: %s', (seconds, words) => expect(inWords(seconds)).toBe(words));
