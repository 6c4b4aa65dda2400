import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.js';
import { idOf } from '../../src/model/resource.js';
import { disrupts, programOf, replacesVersion, starts, tierOf } from '../../src/plan/disruption.js';
import { upTo } from '../../src/plan/order.js';
import { planText } from '../../src/plan/text.js';
import { withEtcdFound } from '../../src/plan/wave.js';
import { progressOf } from '../../src/engine/run/progress.js';
import { broken, outOfOrder } from './rollout-law.js';
import { drafted, type Scene, scenes, wantedMinor, worldOf } from './upgrades.js';

const calm: Scene = {
  minor: 29,
  change: 'version',
  newEtcd: true,
  controlPlanes: 3,
  etcd: 0,
  workers: 6,
  zones: 0,
  dead: [],
  stopped: [],
  fresh: 0,
  done: 0,
};

/** Numbers from 0 to 1 that a seed makes. */
const seeded = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};

const isUpgrade = (plan: Plan): boolean => plan.steps.some(replacesVersion);

describe('laws', () => {
  test('at no moment of any order is skew, quorum, the share of nodes or a zone violated', () => {
    fc.assert(
      fc.property(scenes, fc.nat(), (scene, seed) => {
        const world = worldOf(scene);
        expect(broken(world, world.plan, wantedMinor(scene), seeded(seed))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('of a change of versions each tier waits for all of the one before', () => {
    fc.assert(
      fc.property(scenes, scene => {
        const { plan } = worldOf({ ...scene, change: 'version', done: 0, workers: scene.workers % 9 });
        expect(isUpgrade(plan) ? outOfOrder(plan) : []).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('a first build gains no edges, and no waves', () => {
    fc.assert(
      fc.property(scenes, scene => {
        const { spec, resources, members } = worldOf({ ...scene, dead: [] });
        const plan = drafted(spec, resources, new Map(), members);
        expect(plan.rollout).toBeUndefined();
        const after = new Map(resources.map(one => [idOf(one), one.after]));
        for (const step of plan.steps) expect(step.after).toEqual(after.get(step.id));
      }),
      { numRuns: 10 },
    );
  });
});

describe('the law is not a formality', () => {
  const world = worldOf(calm);
  const without = (loses: (step: Plan['steps'][number]) => boolean): Plan => {
    const own = new Map(world.resources.map(one => [idOf(one), one.after]));
    return {
      ...world.plan,
      steps: world.plan.steps.map(step =>
        loses(step) ? { ...step, after: step.after.filter(id => own.get(step.id)?.includes(id)) } : step,
      ),
    };
  };
  const found = (plan: Plan): string => broken(world, plan, 30, seeded(7)).join('\n');

  test('it holds for the plan itself', () => expect(found(world.plan)).toBe(''));

  test.each([
    ['etcd', 'no quorum: 3 of 3 members are up, and 2 may restart'],
    ['api', 'two API servers restart'],
    ['node', 'kubelet of 1.30 on w-'],
  ])('edges that are lost of %s are found', (tier, says) =>
    expect(found(without(step => tierOf(step) === tier))).toContain(says),
  );

  test('a lost edge of one program on one disk is found', () => {
    const plan = without(({ id }) => id === 'w-3/artifact//usr/local/bin/kubelet');
    expect(found(plan)).toContain('kubelet of 1.30 on w-3 beside an API server of 1.29');
    expect(outOfOrder(without(({ id }) => id.startsWith('cp-1/') && id.includes('scheduler')))).not.toEqual([]);
  });
});

describe('hosts that are not seen', () => {
  test('no other member of etcd restarts where that would cost the quorum, and no kubelet becomes newer', () => {
    const { plan } = worldOf({ ...calm, dead: [1] });
    const restarted = new Set(plan.steps.filter(disrupts).map(programOf));
    expect([...restarted]).toEqual(['kube-apiserver', 'containerd']);
    const text = planText(plan, { color: false, width: 200, verbose: false });
    expect(text).toMatch(
      /skipped \d+ resources: etcd on cp-2 was not seen: a restart of another member would leave 1 of 3, and the quorum is 2/,
    );
    expect(text).toMatch(
      /skipped \d+ resources: the API server on cp-2 was not seen, and nothing may be newer than it/,
    );
  });

  test('while no API server is seen, no node joins: it might be newer', () => {
    const { plan } = worldOf({ ...calm, controlPlanes: 1, workers: 2, fresh: 2, dead: [0] });
    expect(plan.steps.filter(starts).map(programOf)).not.toContain('kubelet');
    expect(plan.leftOut?.filter(({ rule }) => rule === 'skew').length).toBeGreaterThan(4);
  });

  test('of five members one may be away', () => {
    const { plan } = worldOf({ ...calm, controlPlanes: 5, dead: [1] });
    expect(plan.steps.filter(step => disrupts(step) && tierOf(step) === 'etcd')).toHaveLength(4);
  });
});

describe('a step that fails stops the waves after it', () => {
  const { plan } = worldOf(calm);
  const blockedBy = (id: string): readonly string[] => {
    const progress = progressOf(plan);
    const step = plan.steps.find(each => each.id === id);
    return step ? progress.fail(step).map(each => each.id) : [];
  };

  test('an API server: no kubelet becomes another, and no program of it is written', () => {
    const blocked = blockedBy('cp-2/service/kube-apiserver.service');
    expect(blocked).toContain('cp-3/service/kube-apiserver.service');
    for (const host of ['cp-1', 'cp-3', 'w-1', 'w-6']) {
      expect(blocked).toContain(`${host}/artifact//usr/local/bin/kubelet`);
      expect(blocked).toContain(`${host}/service/kubelet.service`);
    }
  });

  test('the first worker: no other', () => {
    const blocked = blockedBy('w-1/service/kubelet.service');
    for (const host of ['w-2', 'w-6']) expect(blocked).toContain(`${host}/service/kubelet.service`);
    expect(blocked.filter(id => id.startsWith('cp-'))).toEqual([]);
  });
});

test('a rollout up to a stage keeps the waves of that stage', () => {
  const { plan } = worldOf(calm);
  expect(upTo(plan, 'etcd').rollout?.waves.map(wave => wave.programs)).toEqual([['etcd']]);
  expect(upTo(plan, 'host').rollout).toBeUndefined();
});

test('of etcd within one minor there is a way back', () => {
  const { plan } = worldOf(calm);
  const backs = (found: readonly string[]) => withEtcdFound(plan, found).rollout?.waves.map(wave => wave.back)[0];
  expect(backs(['3.6.0', '3.6.1'])).toMatchObject({ way: 'automatic' });
  for (const found of [[], ['3.5.16'], ['3.6.0', '3.5.16']]) expect(backs(found)).toHaveProperty('pointOfNoReturn');
});

test('a therapy is taken back by who carries it out', () => {
  const { resources, haves, members, spec } = worldOf({ ...calm, change: 'flags', newEtcd: false });
  const back = drafted(spec, resources, haves, members, true).rollout?.waves[0]?.back;
  expect(back).toMatchObject({ way: 'automatic' });
});

test('an upgrade is told in its waves', () => {
  const { plan } = worldOf({ ...calm, workers: 21, zones: 3 });
  const text = planText(plan, { color: false, width: 200, verbose: false });
  expect(text.slice(text.indexOf('Restarts'))).toMatchInlineSnapshot(`
    "Restarts, in this order; the first that fails stops all after it:
      before the first: a snapshot of etcd is taken and verified
      etcd: cp-[1-3] one after another
      kube-apiserver: cp-[1-3] one after another
      kube-controller-manager, kube-scheduler: cp-[1-3] one after another
      containerd, kube-proxy, kubelet:
        cp-[1-3] one after another
        w-1 first alone
        w-4, w-7, w-10, w-13, w-16, w-19 up to 6 hosts at a time (zone z0)
        w-2, w-5, w-8, w-11, w-14, w-17, w-20 up to 6 hosts at a time (zone z1)
        w-3, w-6, w-9, w-12, w-15, w-18, w-21 up to 6 hosts at a time (zone z2)
      point of no return: etcd 3.6.1 may write what an older minor cannot read: only a backup leads back
      pods keep running while their kubelet restarts: no node is drained

    274 of 1590 resources would change on 24 hosts and in the API, restarts: etcd.service on 3 hosts, kube-apiserver.service on 3 hosts, kube-controller-manager.service on 3 hosts, kube-scheduler.service
      on 3 hosts, containerd.service on 24 hosts, kubelet.service on 24 hosts, kube-proxy.service on 24 hosts, risk: restart, about 3 min 50 s
    "
  `);
  expect(plan.rollout?.waves.slice(0, 2)).toMatchInlineSnapshot(`
    [
      {
        "after": [
          {
            "probe": "converged",
            "says": "each unit runs, and started after its files",
          },
        ],
        "back": {
          "pointOfNoReturn": "etcd 3.6.1 may write what an older minor cannot read: only a backup leads back",
        },
        "before": [
          {
            "probe": "etcd-backup",
            "says": "a snapshot of etcd is taken and verified",
          },
          {
            "probe": "quorum",
            "says": "the other members of etcd hold the quorum",
          },
        ],
        "gate": [
          {
            "probe": "answers",
            "says": "etcd.service to run",
          },
          {
            "probe": "answers",
            "says": "etcd to answer",
          },
        ],
        "hosts": [
          "cp-1",
          "cp-2",
          "cp-3",
        ],
        "programs": [
          "etcd",
        ],
        "steps": [
          "cp-1/service/etcd.service",
          "cp-2/service/etcd.service",
          "cp-3/service/etcd.service",
        ],
        "turns": [
          {
            "armed": true,
            "host": "cp-1",
            "units": [
              {
                "step": "cp-1/service/etcd.service",
                "unit": "etcd.service",
                "writes": [
                  "cp-1/artifact//usr/local/bin/etcd",
                  "cp-1/file//etc/systemd/system/etcd.service",
                  "cp-1/artifact//usr/local/bin/etcdctl",
                ],
              },
            ],
          },
          {
            "armed": true,
            "host": "cp-2",
            "units": [
              {
                "step": "cp-2/service/etcd.service",
                "unit": "etcd.service",
                "writes": [
                  "cp-2/artifact//usr/local/bin/etcd",
                  "cp-2/file//etc/systemd/system/etcd.service",
                  "cp-2/artifact//usr/local/bin/etcdctl",
                ],
              },
            ],
          },
          {
            "armed": true,
            "host": "cp-3",
            "units": [
              {
                "step": "cp-3/service/etcd.service",
                "unit": "etcd.service",
                "writes": [
                  "cp-3/artifact//usr/local/bin/etcd",
                  "cp-3/file//etc/systemd/system/etcd.service",
                  "cp-3/artifact//usr/local/bin/etcdctl",
                ],
              },
            ],
          },
        ],
        "width": 1,
      },
      {
        "after": [
          {
            "probe": "converged",
            "says": "each unit runs, and started after its files",
          },
        ],
        "back": {
          "says": "a host whose gate fails is put back to what stood before, and proven by the same gate; where nobody reaches the API after it, the host does so by itself",
          "way": "automatic",
        },
        "before": [],
        "gate": [
          {
            "probe": "answers",
            "says": "kube-apiserver.service to run",
          },
          {
            "probe": "answers",
            "says": "the API server to be ready",
          },
        ],
        "hosts": [
          "cp-1",
          "cp-2",
          "cp-3",
        ],
        "programs": [
          "kube-apiserver",
        ],
        "steps": [
          "cp-1/service/kube-apiserver.service",
          "cp-2/service/kube-apiserver.service",
          "cp-3/service/kube-apiserver.service",
        ],
        "turns": [
          {
            "armed": true,
            "host": "cp-1",
            "units": [
              {
                "step": "cp-1/service/kube-apiserver.service",
                "unit": "kube-apiserver.service",
                "writes": [
                  "cp-1/artifact//usr/local/bin/kube-apiserver",
                  "cp-1/artifact//usr/local/bin/kubectl",
                ],
              },
            ],
          },
          {
            "armed": true,
            "host": "cp-2",
            "units": [
              {
                "step": "cp-2/service/kube-apiserver.service",
                "unit": "kube-apiserver.service",
                "writes": [
                  "cp-2/artifact//usr/local/bin/kube-apiserver",
                  "cp-2/artifact//usr/local/bin/kubectl",
                ],
              },
            ],
          },
          {
            "armed": true,
            "host": "cp-3",
            "units": [
              {
                "step": "cp-3/service/kube-apiserver.service",
                "unit": "kube-apiserver.service",
                "writes": [
                  "cp-3/artifact//usr/local/bin/kube-apiserver",
                  "cp-3/artifact//usr/local/bin/kubectl",
                ],
              },
            ],
          },
        ],
        "width": 1,
      },
    ]
  `);
});
