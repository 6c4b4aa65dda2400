import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draft } from '../../src/plan/draft.js';
import { upTo } from '../../src/plan/order.js';
import type { Plan } from '../../src/model/plan.js';
import type { Resource } from '../../src/model/resource.js';
import { idOf } from '../../src/model/resource.js';
import { textFile } from '../../src/clinic/therapies/files.js';
import { replacedPod } from '../../src/clinic/therapies/static-pod.js';
import { sh } from '../../src/shell/sh.js';
import { answersOf, kinds, sha, unit, wanted } from './wants.js';

const planned = (
  resources: readonly Resource[],
  how: 'built' | 'empty',
  digit = '1',
  lost: readonly string[] = [],
): Plan => {
  const answers = answersOf(resources, how, digit);
  for (const resource of resources)
    if (lost.includes(resource.host)) answers.set(idOf(resource), { missing: 'connection refused' });
  return draft({ cluster: 'demo', spec: {}, resources, answers, kinds });
};
const ids = (plan: Plan): readonly string[] => plan.steps.map(step => step.id);
const afterOf = (plan: Plan, id: string): readonly string[] => plan.steps.find(step => step.id === id)?.after ?? [];

const controlPlane = (digit: string): readonly Resource[] =>
  ['a', 'b', 'c'].flatMap(host => [
    ...unit(host, 'etcd', digit, 'etcd'),
    ...unit(
      host,
      'apiserver',
      digit,
      'control-plane',
      ['a', 'b', 'c'].map(each => `${each}/service/etcd.service`),
    ),
  ]);

describe('what is in the plan', () => {
  test('nothing, where all is as wanted', () => {
    const plan = planned(controlPlane('1'), 'built');
    expect(plan).toMatchObject({ steps: [], examined: 12, unseen: [] });
    expect(plan.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a restart that a planned file will cause, and no other unit', () => {
    const resources = [...unit('a', 'scheduler', '1', 'control-plane'), ...unit('a', 'other', '1', 'control-plane')];
    const answers = answersOf(resources, 'built');
    answers.set('a/file//etc/scheduler.conf', { raw: `file 644 root:root ${sha('0')}\n` });
    const plan = draft({ cluster: 'demo', spec: {}, resources, answers, kinds });
    expect(ids(plan)).toEqual(['a/file//etc/scheduler.conf', 'a/service/scheduler.service']);
    expect(plan.steps[1]).toMatchObject({
      risk: 'restart',
      after: ['a/file//etc/scheduler.conf'],
      changes: [{ verb: 'restart', field: 'fresh' }],
    });
  });

  test('a mode that is set right restarts nothing', () => {
    const resources = unit('a', 'etcd', '1', 'etcd');
    const answers = answersOf(resources, 'built').set('a/file//etc/etcd.conf', {
      raw: `file 600 root:root ${sha('1')}\n`,
    });
    expect(ids(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }))).toEqual(['a/file//etc/etcd.conf']);
  });

  test('through what has converged, a step still comes after the steps before it', () => {
    const resources = [
      ...unit('a', 'etcd', '1', 'etcd'),
      wanted('ready', 'a', 'etcd', { script: sh`true`, seconds: 1, says: 'etcd' }, ['a/service/etcd.service']),
      ...unit('b', 'api', '1', 'control-plane', ['a/ready/etcd']),
    ];
    const answers = answersOf(resources, 'empty').set('a/ready/etcd', { raw: 'ready\n' });
    expect(afterOf(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }), 'b/service/api.service')).toEqual([
      'b/file//etc/api.conf',
      'a/service/etcd.service',
    ]);
  });
});

describe('restarts', () => {
  test('a first build starts all side by side', () => {
    const plan = planned(controlPlane('1'), 'empty');
    expect(plan.steps).toHaveLength(12);
    expect(afterOf(plan, 'c/service/etcd.service')).toEqual(['c/file//etc/etcd.conf']);
  });

  test('a changed control plane restarts host by host, one stage after the other', () => {
    const plan = planned(controlPlane('1'), 'built', '2');
    const order = plan.steps.filter(step => step.kind === 'service').map(step => step.id.replace('/service', ''));
    expect(order).toEqual([
      'a/etcd.service',
      'b/etcd.service',
      'c/etcd.service',
      'a/apiserver.service',
      'b/apiserver.service',
      'c/apiserver.service',
    ]);
    for (const [at, step] of plan.steps.filter(step => step.kind === 'service').entries())
      if (at > 0 && at !== 3)
        expect(step.after).toContain(plan.steps.filter(each => each.kind === 'service')[at - 1]?.id);
    expect(plan.steps.every(step => step.risk === (step.kind === 'service' ? 'restart' : 'none'))).toBe(true);
  });

  test('of one host all units of a stage, then the next host', () => {
    const resources = ['a', 'b'].flatMap(host =>
      ['api', 'scheduler'].flatMap(name => unit(host, name, '1', 'control-plane')),
    );
    expect(
      planned(resources, 'built', '2')
        .steps.filter(step => step.kind === 'service')
        .map(step => step.host),
    ).toEqual(['a', 'a', 'b', 'b']);
  });

  test('static pods are replaced host by host, each awaited before the next manifest is written', () => {
    const resources = ['a', 'b', 'c'].flatMap((host): readonly Resource[] => {
      const file = textFile('/etc/kubernetes/manifests/etcd.yaml', 'new', 0o600, { host, because: 'a test' });
      return [file, replacedPod('etcd', file.key, { host, because: 'a test', after: [idOf(file)] })];
    });
    const answers = new Map(
      resources.map(one => [idOf(one), { raw: one.kind === 'file' ? `file 600 root:root ${sha('0')}\n` : '' }]),
    );
    const plan = draft({ cluster: 'demo', spec: {}, resources, answers, kinds });
    expect(ids(plan)).toEqual(
      ['a', 'b', 'c'].flatMap(host => [`${host}/file//etc/kubernetes/manifests/etcd.yaml`, `${host}/staticPod/etcd`]),
    );
    expect(afterOf(plan, 'b/file//etc/kubernetes/manifests/etcd.yaml')).toContain('a/staticPod/etcd');
    expect(plan.steps[1]).toMatchObject({ risk: 'downtime', changes: [{ verb: 'restart', field: 'fresh' }] });
  });

  test('of the workers first one, then a quarter at a time, of which the first goes alone', () => {
    const resources = Array.from({ length: 8 }, (_, at) => unit(`w${at}`, 'kubelet', '1', 'nodes')).flat();
    const plan = planned(resources, 'built', '2');
    const restart = (host: string): string => `${host}/service/kubelet.service`;
    const waitsFor = (host: string): readonly string[] => afterOf(plan, restart(host)).slice(1);
    expect(plan.rollout?.waves.map(wave => wave.hosts)).toEqual([
      ['w0'],
      ['w1', 'w2'],
      ['w3', 'w4'],
      ['w5', 'w6'],
      ['w7'],
    ]);
    expect(waitsFor('w1')).toEqual([restart('w0')]);
    expect(waitsFor('w2')).toEqual([restart('w1')]);
    expect(waitsFor('w3')).toEqual([restart('w2')]);
    // What a later turn reads is not written before it: where this one fails, there is nothing to put back there.
    for (const { host, kind, after } of plan.steps) if (kind === 'file') expect(after).toEqual(waitsFor(host));
  });
});

describe('what could not be seen', () => {
  test('is left out with all that needs it, the rest is planned', () => {
    const resources = [
      ...unit('a', 'x', '1', 'host'),
      ...unit('b', 'x', '1', 'host', ['a/service/x.service']),
      ...unit('c', 'x', '1', 'host'),
    ];
    const plan = planned(resources, 'empty', '1', ['a']);
    expect(ids(plan)).toEqual(['b/file//etc/x.conf', 'c/file//etc/x.conf', 'c/service/x.service']);
    expect(plan.unseen).toEqual([{ host: 'a', why: 'connection refused' }]);
    expect(plan.leftOut?.at(-1)).toEqual({
      id: 'b/service/x.service',
      why: 'needs a/service/x.service, which could not be seen',
    });
  });

  test('an answer that makes no sense is not guessed', () => {
    const resources = unit('a', 'x', '1', 'host');
    const answers = answersOf(resources, 'built').set('a/file//etc/x.conf', { raw: 'Segmentation fault' });
    expect(draft({ cluster: 'demo', spec: {}, resources, answers, kinds }).leftOut).toHaveLength(2);
  });

  test('a silent API is a first build: its objects are planned', () => {
    const resources = [
      wanted('object', 'cluster', '/api/v1/namespaces/x', { body: { kind: 'Namespace' }, create: true }, [], 'addons'),
    ];
    const plan = draft({
      cluster: 'demo',
      spec: {},
      resources,
      answers: new Map([['cluster/object//api/v1/namespaces/x', { missing: 'refused' }]]),
      kinds,
    });
    expect(plan).toMatchObject({ unseen: [], steps: [{ actions: [{ method: 'POST' }] }] });
  });
});

describe('laws', () => {
  const graph = fc.array(
    fc.record({
      host: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      stage: fc.constantFrom('etcd' as const, 'control-plane' as const, 'nodes' as const),
      state: fc.constantFrom('built' as const, 'empty' as const, 'changed' as const),
      after: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { maxLength: 25 },
  );

  test('L3: deterministic, acyclic, every after exists and comes earlier', () => {
    fc.assert(
      fc.property(graph, nodes => {
        const resources = nodes.flatMap((node, at) =>
          unit(
            node.host,
            `u${at}`,
            '1',
            node.stage,
            at === 0 ? [] : node.after.map(each => `${nodes[each % at]?.host}/service/u${each % at}.service`),
          ),
        );
        const answers = new Map(
          nodes.flatMap((node, at) => [
            ...answersOf(
              resources.slice(2 * at, 2 * at + 2),
              node.state === 'empty' ? 'empty' : 'built',
              node.state === 'changed' ? '2' : '1',
            ),
          ]),
        );
        const plan = draft({ cluster: 'demo', spec: {}, resources, answers, kinds });
        expect(draft({ cluster: 'demo', spec: {}, resources, answers, kinds })).toEqual(plan);
        for (const [at, step] of plan.steps.entries())
          for (const id of step.after) expect(ids(plan).slice(0, at)).toContain(id);
      }),
    );
  });

  test('a cycle is a bug, and its path is in the message', () => {
    const resources = [
      ...unit('a', 'x', '1', 'host', ['b/service/x.service']),
      ...unit('b', 'x', '1', 'host', ['a/service/x.service']),
    ];
    expect(() => planned(resources, 'built')).toThrow(
      'a/service/x.service → b/service/x.service → a/service/x.service',
    );
  });

  test('an edge to nothing is a bug, but not one to a host that is not there', () => {
    expect(() => planned(unit('a', 'x', '1', 'host', ['a/service/y.service']), 'empty')).toThrow('which nobody wants');
    expect(planned(unit('a', 'x', '1', 'host', ['gone/service/y.service']), 'empty').steps).toHaveLength(2);
  });

  test('until a stage, nothing of a later one is left', () => {
    const plan = upTo(planned(controlPlane('1'), 'empty'), 'etcd');
    expect(plan.steps.map(step => step.stage)).toEqual(Array(6).fill('etcd'));
    expect(plan.steps.flatMap(step => step.after).every(id => ids(plan).includes(id))).toBe(true);
  });
});

test('20,000 resources on 500 hosts behind one barrier are planned in time that is linear', () => {
  const resources = (count: number): readonly Resource[] => [
    ...unit('cp', 'api', '1', 'control-plane'),
    wanted(
      'ready',
      'cp',
      'api',
      { script: sh`true`, seconds: 1, says: 'api' },
      ['cp/service/api.service'],
      'control-plane',
    ),
    ...Array.from({ length: count }, (_, at) =>
      Array.from({ length: 20 }, (_, unitAt) => unit(`w${at}`, `u${unitAt}`, '1', 'nodes', ['cp/ready/api'])).flat(),
    ).flat(),
  ];
  const time = (count: number): number => {
    const list = resources(count);
    const answers = answersOf(list, 'empty');
    const from = process.cpuUsage();
    expect(draft({ cluster: 'demo', spec: {}, resources: list, answers, kinds }).steps).toHaveLength(list.length);
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  };
  time(50);
  expect(time(500) / Math.max(20, time(125))).toBeLessThan(12);
});
