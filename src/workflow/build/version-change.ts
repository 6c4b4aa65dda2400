/** Refuses a version that a living cluster cannot go to: Kubernetes goes up one minor at a time, and never back. */
import { allowedUpgrade, compareVersions, minorOf, parseVersion, releases } from '../../catalog/index.js';
import type { Session } from '../../engine/session.js';
import type { Diagnostic } from '../../model/diagnostic.js';
import type { Plan, Step } from '../../model/plan.js';
import { quote } from '../../shell/sh.js';
import { Mistaken } from '../mistaken.js';

export interface Runs {
  readonly host: string;
  readonly program: 'kube-apiserver' | 'kubelet';
  readonly version: string;
}

/** Only hosts whose binaries the plan would replace are asked which ones they have: a run with nothing to do asks nobody. Throws Mistaken. */
export async function versionHolds(session: Pick<Session, 'spec' | 'ask'>, plan: Pick<Plan, 'steps'>): Promise<void> {
  const steps = plan.steps.filter(replaces);
  if (steps.length === 0) return;
  const answers = await session.ask(
    steps.map(({ id, host, key }) => ({
      id,
      host,
      question: { ask: 'host', script: `timeout 10 ${quote(key)} --version` },
    })),
  );
  const running = steps.flatMap(({ id, host, key }): readonly Runs[] => {
    const answer = answers.get(id);
    // What does not even say its version runs nowhere, and is replaced like any other broken file.
    const version = answer && 'raw' in answer ? /\bv(\d+\.\d+\.\d+)/.exec(answer.raw)?.[1] : undefined;
    return version === undefined
      ? []
      : [{ host, program: key.endsWith('/kubelet') ? 'kubelet' : 'kube-apiserver', version }];
  });
  const problem = versionJump(session.spec.kubernetes, running);
  if (problem) throw new Mistaken([problem]);
}

const replaces = (step: Step): boolean =>
  step.kind === 'artifact' &&
  /\/(kube-apiserver|kubelet)$/.test(step.key) &&
  step.changes.some(({ field, from }) => field === 'version' && from !== undefined);

/** Kubelets may lie further behind and catch up at once; newer than the API server they may never be. */
export const versionJump = (wanted: string, running: readonly Runs[]): Diagnostic | undefined => {
  const back = running.find(({ version }) => compareVersions(version, wanted) > 0);
  if (back)
    return {
      code: 'version-back',
      severity: 'error',
      says: `${back.program} on ${back.host} is ${back.version}, and the file wants Kubernetes ${wanted}. Downgrade refused: etcd may hold data that ${wanted} cannot read`,
      help: `kubernetes: ${back.version}`,
    };
  const far = running
    .filter(({ program }) => program === 'kube-apiserver')
    .find(({ version }) => !allowedUpgrade(version, wanted));
  return (
    far && {
      code: 'version-jump',
      severity: 'error',
      says: `${far.program} on ${far.host} is ${far.version}, and the file wants Kubernetes ${wanted}: an upgrade goes one minor at a time`,
      help: `kubernetes: ${nextAfter(far.version)}, then kw up, and so on up to ${wanted} (a file that names no version wants the newest that kw knows)`,
    }
  );
};

const nextAfter = (version: string): string =>
  releases.find(({ latestPatchKnown }) => parseVersion(latestPatchKnown)?.minor === minorOf(version) + 1)
    ?.latestPatchKnown ?? version;
