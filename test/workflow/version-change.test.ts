import { describe, expect, test } from 'vitest';
import { type Runs, versionHolds, versionJump } from '../../src/workflow/build/version-change.js';
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
