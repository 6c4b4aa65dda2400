/** What restarts took in this cluster before: better than any model of other machines. */
import type { Plan, Step } from '../model/plan.js';
import { hostOf, type ResourceId } from '../model/resource.js';

/** Seconds by the unit, whatever its host: `service/kube-apiserver.service`. */
export type PastTimes = ReadonlyMap<string, number>;

/** The unit that a step is about, without its host. */
export const unitIn = (id: ResourceId): string => id.slice(hostOf(id).length + 1);

export const withPast = <P extends Pick<Plan, 'steps'>>(plan: P, past: PastTimes): P =>
  past.size === 0 ? plan : { ...plan, steps: plan.steps.map(step => timed(step, past)) };

const timed = (step: Step, past: PastTimes): Step => {
  const takes = isRestart(step) ? past.get(unitIn(step.id)) : undefined;
  return takes === undefined ? step : { ...step, takes };
};

export const isRestart = ({ changes }: Pick<Step, 'changes'>): boolean =>
  changes.some(({ verb }) => verb === 'restart');
