/** Refuses a version that a living cluster cannot go to: Kubernetes goes up one minor at a time, and never back. */
import { allowedSkew, allowedUpgrade, compareVersions, minorOf, parseVersion, releases } from '../../catalog/index.js';
import type { Session } from '../../engine/session.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import type { Plan, Step } from '../../model/plan.js';
import { sh } from '../../shell/sh.js';
import { withEtcdFound } from '../../plan/wave.js';
import { Mistaken } from '../mistaken.js';

export interface Runs {
  readonly host: string;
  readonly program: 'kube-apiserver' | 'kubelet' | 'etcd';
  readonly version: string;
}

/**
 * Only hosts whose binaries the plan would replace are asked which ones they have: a run with nothing to do asks
 * nobody.
 * The plan comes back with what was found in its rollout. Throws Mistaken.
 */
export async function versionHolds<P extends Pick<Plan, 'steps' | 'rollout'>>(
  session: Pick<Session, 'spec' | 'ask'>,
  plan: P,
): Promise<P> {
  const steps = plan.steps.filter(replaces);
  if (steps.length === 0) return plan;
  const answers = await session.ask(
    steps.map(({ id, host, key }) => ({
      id,
      host,
      question: { ask: 'host', script: sh`timeout 10 ${key} --version` },
    })),
  );
  const running = steps.flatMap(({ id, host, key }): readonly Runs[] => {
    const answer = answers.get(id);
    // What does not even say its version runs nowhere, and is replaced like any other broken file.
    const version = answer && 'raw' in answer ? /\b(?:v|Version: )(\d+\.\d+\.\d+)/.exec(answer.raw)?.[1] : undefined;
    const program = asked.find(each => key.endsWith(`/${each}`));
    return version === undefined || program === undefined ? [] : [{ host, program, version }];
  });
  const problem = versionJump(
    session.spec.kubernetes,
    running.filter(({ program }) => program !== 'etcd'),
  );
  if (problem) throw new Mistaken([problem]);
  return withEtcdFound(
    plan,
    running.filter(({ program }) => program === 'etcd').map(({ version }) => version),
  );
}

const asked = ['kube-apiserver', 'kubelet', 'etcd'] as const;

const replaces = (step: Step): boolean =>
  step.kind === 'artifact' &&
  asked.some(program => step.key.endsWith(`/${program}`)) &&
  step.changes.some(({ field, from }) => field === 'version' && from !== undefined);

/** Kubelets may lie further behind, as far as the API servers to come know them; newer than those they may never be. */
export const versionJump = (wanted: string, running: readonly Runs[]): Diagnostic | undefined => {
  const back = running.find(({ version }) => compareVersions(version, wanted) > 0);
  if (back)
    return {
      code: 'version-back',
      severity: 'error',
      says:
        `${back.program} on ${back.host} is ${back.version}, and the file wants Kubernetes ${wanted}. ` +
        `Downgrade refused: etcd may hold data that ${wanted} cannot read`,
      help: `kubernetes: ${back.version}`,
    };
  const far = running
    .filter(({ program }) => program === 'kube-apiserver')
    .find(({ version }) => !allowedUpgrade(version, wanted));
  if (far)
    return {
      code: 'version-jump',
      severity: 'error',
      says:
        `${far.program} on ${far.host} is ${far.version}, and the file wants Kubernetes ${wanted}: an upgrade ` +
        'goes one minor at a time',
      help:
        `kubernetes: ${nextAfter(far.version)}, then kw up, and so on up to ${wanted} (a file that names no ` +
        'version wants the newest that kw knows)',
    };
  const old = running.find(({ program, version }) => program === 'kubelet' && !allowedSkew(wanted, version));
  return (
    old && {
      code: 'version-skew',
      severity: 'error',
      says:
        `kubelet on ${old.host} is ${old.version}: too old for an API server of ${wanted}, which is upgraded ` +
        'before it',
      help: 'set kubernetes: to the version of the API servers, then kw up: the kubelets catch up; then upgrade',
    }
  );
};

const nextAfter = (version: string): string =>
  releases.find(({ latestPatchKnown }) => parseVersion(latestPatchKnown)?.minor === minorOf(version) + 1)
    ?.latestPatchKnown ?? version;
