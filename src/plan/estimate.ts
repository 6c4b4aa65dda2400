import type { Plan, Step } from '../model/plan.js';
import type { Action } from '../model/resource.js';
import { programOf } from './disruption.js';
import { isRestart } from './past.js';

/** Bytes in a second that the control machine sends, to all hosts together. */
const link = 100e6;

/**
 * Seconds that an action takes, measured in the lab on two cores; a service's start is its wait.
 *
 * @param senders Hosts that get files from the control machine at the same time.
 */
const cost = (action: Action, senders: number): number => {
  switch (action.do) {
    case 'run':
      return 0.05;
    case 'put':
    case 'issue':
      return 0.03;
    case 'fetch':
      return 0.1 + (action.size * senders) / link;
    case 'call':
      return 0.1;
    case 'await':
      return 3;
    // Pods have half a minute to end; most need a few seconds.
    case 'drain':
      return 12;
    case 'uncordon':
      return 0.1;
    case 'wait':
      return 2.5;
  }
};

/** Seconds that one step takes. */
export const secondsOf = (step: Step, senders = 1): number =>
  step.takes ?? step.actions.reduce((sum, action) => sum + cost(action, senders), step.seconds ?? 0);
const waits = (action: Action): boolean => action.do === 'wait' || action.do === 'await';

/**
 * Seconds for the whole plan: its longest chain, in which the waves of its rollout are edges, or all that one host must
 * do one after the other if that is more.
 */
export function estimate(plan: Pick<Plan, 'steps'>): number {
  const ends = new Map<string, number>();
  const hosts = new Map<string, number>();
  const fetching = plan.steps.filter(({ actions }) => actions.some(action => action.do === 'fetch'));
  const senders = Math.max(1, new Set(fetching.map(({ host }) => host)).size);
  let longest = 0;
  for (const step of plan.steps) {
    const end = secondsOf(step, senders) + step.after.reduce((latest, id) => Math.max(latest, ends.get(id) ?? 0), 0);
    ends.set(step.id, end);
    const busy =
      (hosts.get(step.host) ?? 0) +
      step.actions.reduce((sum, action) => sum + (waits(action) ? 0 : cost(action, senders)), 0);
    hosts.set(step.host, busy);
    longest = Math.max(longest, end, busy);
  }
  return plan.steps.length === 0 ? 0 : longest + 1;
}

/** What takes the most of it, where that is what an API server needs to end; '' where it is not. */
export function whySoLong({ steps }: Pick<Plan, 'steps'>): string {
  const servers = steps.filter(step => isRestart(step) && programOf(step) === 'kube-apiserver');
  const [first] = servers;
  const drains = Math.round(first?.seconds ?? 0);
  if (!first || drains < 10) return '';
  const each =
    first.takes === undefined ? `drains for up to ${drains} s` : `took ${Math.round(first.takes)} s here before`;
  return servers.length === 1
    ? `: the API server ${each}`
    : `: ${servers.length} API servers, one after another, each ${each}`;
}

/** `about 40 s`, `about 3 min 20 s`, `about 12 min`. */
export const inWords = (seconds: number): string =>
  seconds < 90
    ? `about ${Math.max(1, Math.ceil(seconds / (seconds < 10 ? 1 : 5)) * (seconds < 10 ? 1 : 5))} s`
    : seconds < 595
      ? `about ${minutes(Math.round(seconds / 10) * 10)}`
      : `about ${Math.round(seconds / 60)} min`;

const minutes = (seconds: number): string =>
  `${Math.floor(seconds / 60)} min${seconds % 60 > 0 ? ` ${seconds % 60} s` : ''}`;
