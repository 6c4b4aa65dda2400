import { describe, expect, test } from 'vitest';
import { type Runs, versionAndMembers, versionHolds, versionJump } from '../../src/workflow/build/version-change.js';
import type { Step, Wave } from '../../src/model/plan.js';
import type { ClusterSpec } from '../../src/model/cluster.js';

const runs = (version: string, program: Runs['program'] = 'kube-apiserver'): Runs => ({
  host: 'kw-1',
  program,
  version,
});

test.each([
  ['1.29.3', [], undefined],
  ['1.29.3', [runs('1.29.3')], undefined],
  ['1.29.3', [runs('1.28.9'), runs('1.29.3')], undefined],
  ['1.29.3', [runs('1.29.4')], 'version-back'],
  ['1.29.3', [runs('1.30.0', 'kubelet')], 'version-back'],
  ['1.30.0', [runs('1.28.9')], 'version-jump'],
  ['1.30.0', [runs('1.29.9'), runs('1.27.0', 'kubelet')], undefined],
  ['1.30.0', [runs('1.29.9'), runs('1.26.0', 'kubelet')], 'version-skew'],
] as const)('%s over %j: %s', (wanted, running, code) => {
  expect(versionJump(wanted, running)?.code).toBe(code);
});

test('the way is named: the newest patch of the next minor, or the version that runs', () => {
  expect(versionJump('1.32.0', [runs('1.28.9')])?.help).toMatch(/^kubernetes: 1\.29\.15, then kw up/);
  expect(versionJump('1.27.0', [runs('1.28.9')])?.help).toBe('kubernetes: 1.28.9');
});

describe('a version and the members of etcd change one after the other', () => {
  const goes = (program: Runs['program'], version: string, next: string, host = 'kw-1'): Runs => ({
    ...runs(version, program),
    host,
    next,
  });
  const join = { join: ['kw-2', 'kw-3'], leave: [] };
  test.each([
    ['nobody moves', [goes('kubelet', '1.29.3', '1.30.0')], { join: [], leave: [] }, undefined],
    ['the same program in another build', [goes('etcd', '3.6.5', '3.6.5')], join, undefined],
    ['a former worker that joins brings its own along', [goes('kubelet', '1.29.3', '1.30.0', 'kw-2')], join, undefined],
    [
      'a patch of etcd beside a member that is dead: it waits for whoever comes in its place',
      [goes('etcd', '3.6.5', '3.6.8')],
      { ...join, replaces: true },
      undefined,
    ],
    [
      'a minor of etcd beside a member that is dead',
      [goes('etcd', '3.6.5', '3.7.3')],
      { ...join, replaces: true },
      /first the version/,
    ],
    ['what nobody says the version of', [{ ...runs('1.29.3'), next: undefined }], join, undefined],
    [
      'Kubernetes: the members first, with the version that runs',
      [goes('kube-apiserver', '1.29.3', '1.30.0')],
      join,
      /kw-2, kw-3 join etcd.*first the members: kubernetes: 1\.29\.3, then kw up/,
    ],
    [
      'etcd, which follows kw: the version first, with the hosts and roles as they were',
      [goes('etcd', '3.6.5', '3.7.3')],
      { join: [], leave: ['kw-4'] },
      /etcd on kw-1 would go from 3\.6\.5 to 3\.7\.3.*kw-4 leaves it.*first the version: kw up with the hosts and roles/,
    ],
  ])('%s', (_, running, moving, says) => {
    const found = versionAndMembers(running, moving);
    if (says === undefined) expect(found).toBeUndefined();
    else expect(`${found?.says} ${found?.help}`).toMatch(says);
  });
});

describe('hosts are asked', () => {
  const step = (key: string, from: unknown, field = 'version'): Step =>
    ({
      id: `kw-1/artifact/${key}`,
      host: 'kw-1',
      kind: 'artifact',
      key,
      changes: [{ field, from, to: '1.30.0 (abc)' }],
    }) as unknown as Step;
  const spec = { kubernetes: '1.30.0' } as ClusterSpec;
  const never = () => Promise.reject(new Error('nobody needs to be asked'));
  const says = (text: string) => async (queries: readonly { readonly id: string }[]) =>
    new Map(queries.map(({ id }) => [id, { raw: text }] as const));

  test('not on a first build, not for other programs, not where a lost store is filled again', async () => {
    await versionHolds(
      { spec, ask: never },
      {
        steps: [
          step('/usr/local/bin/kubelet', undefined),
          step('/usr/local/bin/containerd', 'abc'),
          step('/usr/local/bin/kubelet', 'missing or changed', 'stored'),
        ],
      },
    );
  });

  test('a rollout is told which etcd was found', async () => {
    const steps = [step('/usr/local/bin/etcd', 'abc')];
    const wave = { back: { pointOfNoReturn: 'etcd' } } as Wave;
    const backs = async (found: string) => {
      const plan = await versionHolds({ spec, ask: says(found) }, { steps, rollout: { waves: [wave] } });
      return plan.rollout?.waves.map(({ back }) => 'pointOfNoReturn' in back);
    };
    expect(await backs('etcd Version: 1.30.2\nGit SHA: c9063a0\n')).toEqual([false]);
    expect(await backs('etcd Version: 1.29.0\n')).toEqual([true]);
    expect(await backs('Segmentation fault')).toEqual([true]);
  });

  test('where a binary is replaced; one that says nothing is a broken file', async () => {
    const steps = [step('/usr/local/bin/kube-apiserver', 'abc')];
    await expect(versionHolds({ spec, ask: says('Kubernetes v1.20.2\n') }, { steps })).rejects.toThrow(
      'one minor at a time',
    );
    await versionHolds({ spec, ask: says('Kubernetes v1.29.15\n') }, { steps });
    await versionHolds({ spec, ask: says('Segmentation fault') }, { steps });
  });
});
