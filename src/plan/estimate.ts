import type { Plan, Step } from '../model/plan.js';
import type { Action } from '../model/resource.js';

/** Seconds that an action takes, measured in the lab on two cores; a service's start is its wait. */
const cost = (action: Action): number => {
  switch (action.do) {
    case 'run':
      return 0.05;
    case 'put':
    case 'issue':
      return 0.03;
    case 'fetch':
      return 0.1 + action.size / 100e6;
    case 'call':
      return 0.1;
    case 'await':
      return 3;
    case 'wait':
      return 2.5;
  }
};

const costOf = (step: Step): number => step.actions.reduce((sum, action) => sum + cost(action), step.seconds ?? 0);
const waits = (action: Action): boolean => action.do === 'wait' || action.do === 'await';

/** Seconds for the whole plan: its longest chain, or all that one host must do one after the other if that is more. */
export function estimate(plan: Pick<Plan, 'steps'>): number {
  const ends = new Map<string, number>();
  const hosts = new Map<string, number>();
  let longest = 0;
  for (const step of plan.steps) {
    const end = costOf(step) + step.after.reduce((latest, id) => Math.max(latest, ends.get(id) ?? 0), 0);
    ends.set(step.id, end);
    const busy =
      (hosts.get(step.host) ?? 0) + step.actions.reduce((sum, action) => sum + (waits(action) ? 0 : cost(action)), 0);
    hosts.set(step.host, busy);
    longest = Math.max(longest, end, busy);
  }
  return plan.steps.length === 0 ? 0 : longest + 1;
}

/** `about 40 s`, `about 3 min`. */
export const inWords = (seconds: number): string =>
  seconds < 90
    ? `about ${Math.max(1, Math.ceil(seconds / (seconds < 10 ? 1 : 5)) * (seconds < 10 ? 1 : 5))} s`
    : `about ${Math.round(seconds / 60)} min`;
