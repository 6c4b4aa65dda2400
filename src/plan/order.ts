import type { Plan, Step } from '../model/plan.js';
import type { ResourceId } from '../model/resource.js';
import { stages } from '../model/resource.js';
import { serialClass } from './restarts.js';

/**
 * Every step after all it comes after; otherwise as wanted. Restarts come as late as they can, and one host's next to
 * each other, so that `serialise` finds them host by host.
 */
export function order(steps: readonly Step[]): readonly Step[] {
  const byId = new Map(steps.map(step => [step.id, step]));
  const waits = new Map(steps.map(step => [step.id, step.after.length]));
  const followers = new Map<ResourceId, Step[]>();
  for (const step of steps)
    for (const id of step.after) {
      const list = followers.get(id);
      if (list) list.push(step);
      else followers.set(id, [step]);
    }
  const ready = pool();
  for (const step of steps) if (step.after.length === 0) ready.put(step);
  const ordered: Step[] = [];
  for (let step = ready.take(); step; step = ready.take()) {
    ordered.push(step);
    for (const follower of followers.get(step.id) ?? []) {
      const left = (waits.get(follower.id) ?? 0) - 1;
      waits.set(follower.id, left);
      if (left === 0) ready.put(follower);
    }
  }
  if (ordered.length !== byId.size)
    throw new Error(
      `a cycle among ${steps
        .filter(step => (waits.get(step.id) ?? 0) > 0)
        .slice(0, 20)
        .map(step => step.id)
        .join(', ')}`,
    );
  return ordered;
}

interface Pool {
  put(step: Step): void;
  take(): Step | undefined;
}

/** Steps that may come next. Restarts wait in drawers, by stage and host, until nothing else is left. */
function pool(): Pool {
  const drawers = stages.map(drawer);
  const plain: Step[] = [];
  let at = 0;
  const take = (): Step | undefined => {
    if (at < plain.length) return plain[at++];
    for (const one of drawers) {
      const step = one.take();
      if (step) return step;
    }
    return undefined;
  };
  return {
    take,
    put: step => {
      if (serialClass(step)) drawers[stages.indexOf(step.stage)]?.put(step);
      else plain.push(step);
    },
  };
}

/** All that one host has is taken before the next host's; hosts take turns in the order in which they came. */
function drawer(): Pool {
  const lists = new Map<string, Step[]>();
  const turns: Step[][] = [];
  let turn = 0;
  const put = (step: Step): void => {
    const list = lists.get(step.host) ?? [];
    lists.set(step.host, list);
    if (list.length === 0 && list !== turns[turn]) turns.push(list);
    list.push(step);
  };
  const take = (): Step | undefined => {
    if (turns[turn]?.length === 0) turn += 1;
    return turns[turn]?.shift();
  };
  return { put, take };
}

/** Only what belongs to stages up to this one, for `--until`. */
export const upTo = (plan: Plan, stage: Step['stage']): Plan => {
  const steps = plan.steps.filter(step => stages.indexOf(step.stage) <= stages.indexOf(stage));
  const kept = new Set(steps.map(step => step.id));
  return {
    ...plan,
    steps: steps.map(step =>
      step.after.every(id => kept.has(id)) ? step : { ...step, after: step.after.filter(id => kept.has(id)) },
    ),
  };
};
