import type { Plan, Step } from '../model/plan.js';
import type { ResourceId } from '../model/resource.js';
import { stages } from '../model/resource.js';

/** Whose turn a step is among those that disrupt: lower is earlier; undefined: it disrupts nothing. */
export type TurnOf = (step: Step) => number | undefined;

/**
 * Every step after all it comes after; otherwise as wanted. What disrupts comes as late as it can, by turn and one
 * host's next to each other, so that a rollout finds it host by host.
 */
export function order(steps: readonly Step[], turnOf: TurnOf): readonly Step[] {
  const byId = new Map(steps.map(step => [step.id, step]));
  const waits = new Map(steps.map(step => [step.id, step.after.length]));
  const followers = new Map<ResourceId, Step[]>();
  for (const step of steps)
    for (const id of step.after) {
      const list = followers.get(id);
      if (list) list.push(step);
      else followers.set(id, [step]);
    }
  const ready = pool(turnOf);
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

/** Steps that may come next. What disrupts waits in queues, by turn and host, until nothing else is left. */
function pool(turnOf: TurnOf): Pool {
  const queues: { readonly turn: number; readonly queue: Pool }[] = [];
  const queueOf = (turn: number): Pool => {
    const at = queues.findIndex(each => each.turn >= turn);
    const found = queues[at];
    if (found?.turn === turn) return found.queue;
    const queue = hostQueue();
    queues.splice(at < 0 ? queues.length : at, 0, { turn, queue });
    return queue;
  };
  const plain: Step[] = [];
  let at = 0;
  const take = (): Step | undefined => {
    if (at < plain.length) return plain[at++];
    for (const { queue } of queues) {
      const step = queue.take();
      if (step) return step;
    }
    return undefined;
  };
  return {
    take,
    put: step => {
      const turn = turnOf(step);
      if (turn === undefined) plain.push(step);
      else queueOf(turn).put(step);
    },
  };
}

/** All that one host has is taken before the next host's; hosts take turns in the order in which they came. */
function hostQueue(): Pool {
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
  const waves = (plan.rollout?.waves ?? [])
    .map(wave => ({ ...wave, steps: wave.steps.filter(id => kept.has(id)) }))
    .filter(wave => wave.steps.length > 0);
  const { rollout: whole, ...rest } = plan;
  return {
    ...rest,
    ...(waves.length > 0 ? { rollout: { ...whole, waves } } : {}),
    steps: steps.map(step =>
      step.after.every(id => kept.has(id)) ? step : { ...step, after: step.after.filter(id => kept.has(id)) },
    ),
  };
};
