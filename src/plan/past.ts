/** What restarts took in this cluster before: better than any model of other machines. */
import type { Plan, Step } from '../model/plan.js';

/** Seconds by the key of the unit: `kube-apiserver.service`. */
export type PastTimes = ReadonlyMap<string, number>;

export const withPast = <P extends Pick<Plan, 'steps'>>(plan: P, past: PastTimes): P =>
  past.size === 0 ? plan : { ...plan, steps: plan.steps.map(step => timed(step, past)) };

const timed = (step: Step, past: PastTimes): Step => {
  const takes = isRestart(step) ? past.get(step.key) : undefined;
  return takes === undefined ? step : { ...step, takes };
};

export const isRestart = ({ kind, changes }: Pick<Step, 'kind' | 'changes'>): boolean =>
  kind === 'service' && changes.some(({ verb }) => verb === 'restart');
