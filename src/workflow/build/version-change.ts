/** Refuses a version that a living cluster cannot go to: Kubernetes goes up one minor at a time, and never back. */
import { allowedSkew, allowedUpgrade, compareVersions, minorOf, parseVersion, releases } from '../../catalog/index.js';
import type { Session } from '../../engine/session.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import type { Plan, Step } from '../../model/plan.js';
import { sh } from '../../shell/sh.js';
import { bringsVersion } from '../../plan/disruption.js';
import { withEtcdFound } from '../../plan/wave.js';
import { Mistaken } from '../mistaken.js';

export interface Runs {
  readonly host: string;
  readonly program: 'kube-apiserver' | 'kubelet' | 'etcd';
  readonly version: string;
  /** What is to come in its place. */
  readonly next?: string | undefined;
}

/** Hosts that join and leave etcd by the file. */
export interface Moving {
  readonly join: readonly string[];
  readonly leave: readonly string[];
  /** Hosts that leave the cluster by the file; absent: none. */
  readonly removes?: readonly string[];
  /** In the place of a member that is dead: what waits for it cannot go first. */
  readonly replaces?: boolean;
}

/**
 * Only hosts whose binaries the plan would replace are asked which ones they have: a run with nothing to do asks
 * nobody.
 * The plan comes back with what was found in its rollout. Throws Mistaken.
 */
export async function versionHolds<P extends Pick<Plan, 'steps' | 'rollout'>>(
  session: Pick<Session, 'spec' | 'ask'>,
  plan: P,
  moving: Moving = { join: [], leave: [] },
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
  const running = steps.flatMap((step): readonly Runs[] => {
    const { id, host, key } = step;
    const answer = answers.get(id);
    // What does not even say its version runs nowhere, and is replaced like any other broken file.
    const version = answer && 'raw' in answer ? /\b(?:v|Version: )(\d+\.\d+\.\d+)/.exec(answer.raw)?.[1] : undefined;
    const program = asked.find(each => key.endsWith(`/${each}`));
    return version === undefined || program === undefined
      ? []
      : [{ host, program, version, next: bringsVersion(step) }];
  });
  const problem = versionJump(
    session.spec.kubernetes,
    running.filter(({ program }) => program !== 'etcd'),
  );
  const both = versionAndMembers(running, moving);
  if (problem || both) throw new Mistaken([problem, both].filter(one => one !== undefined));
  return withEtcdFound(
    plan,
    running.filter(({ program }) => program === 'etcd').map(({ version }) => version),
  );
}

const asked = ['kube-apiserver', 'kubelet', 'etcd'] as const;

const replaces = (step: Step): boolean =>
  asked.some(program => step.key.endsWith(`/${program}`)) &&
  // What goes with its host is replaced by nothing.
  bringsVersion(step) !== undefined &&
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

/**
 * One thing at a time: members of two versions, and fewer or more of them than the file says, are two states in which a
 * failure is hard to tell and harder to take back.
 */
export const versionAndMembers = (
  running: readonly Runs[],
  { join, leave, removes = [], replaces = false }: Moving,
): Diagnostic | undefined => {
  if (join.length + leave.length + removes.length === 0) return undefined;
  const old = running.find(
    ({ host, program, version, next }) =>
      !join.includes(host) &&
      next !== undefined &&
      compareVersions(version, next) !== 0 &&
      !(replaces && program === 'etcd' && minorOf(version) === minorOf(next)),
  );
  const members = [
    ...(join.length > 0 ? [`${join.join(', ')} ${join.length === 1 ? 'joins' : 'join'} etcd`] : []),
    ...(leave.length > 0 ? [`${leave.join(', ')} ${leave.length === 1 ? 'leaves' : 'leave'} it`] : []),
    ...(removes.length > 0 ? [`${removes.join(', ')} ${removes.length === 1 ? 'leaves' : 'leave'} the cluster`] : []),
  ].join(' and ');
  return (
    old && {
      code: 'version-and-members',
      severity: 'error',
      says:
        `${old.program} on ${old.host} would go from ${old.version} to ${old.next}, and in the same run ${members}: ` +
        'a version, and who is in the cluster, are changed one after the other',
      help:
        old.program === 'etcd'
          ? 'first the version: kw up with the hosts and roles as they were; then those, and kw up again'
          : `first the members: kubernetes: ${old.version}, then kw up; then the version, and kw up again`,
    }
  );
};

const nextAfter = (version: string): string =>
  releases.find(({ latestPatchKnown }) => parseVersion(latestPatchKnown)?.minor === minorOf(version) + 1)
    ?.latestPatchKnown ?? version;
