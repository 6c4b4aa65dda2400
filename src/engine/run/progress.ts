/** How far a plan is: which steps may begin, which wait, and what a failure blocks. Knows neither hosts nor time. */
import { clusterHost, type ResourceId } from '../../model/resource.js';
import type { Plan, Step } from '../../model/plan.js';
import { turnsOf } from '../put-back/turns.js';

export type Status = 'pending' | 'taken' | 'mended' | 'converged' | 'failed' | 'blocked';

/** The queue of a step, by where it is carried out: its host, or the control machine (everything that asks the API). */
export const queueOf = (step: Step): string => (step.question.ask === 'api' ? clusterHost : step.host);

export interface Progress {
  readonly queues: readonly string[];
  status(id: ResourceId): Status;
  /**
   * Marks as taken the steps of a queue that may be sent now: all that they come after is done, or is taken along with
   * them.
   */
  take(host: string): readonly Step[];
  /** A taken step that was not settled may be taken again. */
  giveBack(step: Step): void;
  /** Returns the queues in which something may begin now. */
  done(step: Step, how: 'mended' | 'converged'): readonly string[];
  /**
   * Returns all that is blocked by it, in the order of the plan's edges: first what belongs to the same turn of a
   * rollout and has not begun, since that is put back together.
   */
  fail(step: Step): readonly Step[];
  /** What is not settled in a queue, in the plan's order. */
  unsettled(host: string): readonly Step[];
  /** True: something it comes after, or of its turn, or itself, has acted in this run. */
  touched(step: Step): boolean;
  touch(step: Step): void;
  /** It has acted in this run. */
  begun(id: ResourceId): boolean;
  count(status: Status): number;
}

export const progressOf = (plan: Plan): Progress => {
  const status = new Map<ResourceId, Status>(plan.steps.map(step => [step.id, 'pending']));
  const queues = grouped(plan.steps, queueOf);
  const children = grouped(
    plan.steps.flatMap(step => [...step.after, ...(step.afterAny ?? [])].map(id => ({ id, step }))),
    edge => edge.id,
  );
  const touched = new Set<ResourceId>();
  const begun = new Set<ResourceId>();
  const siblings = siblingsIn(plan);
  const isDone = (id: ResourceId): boolean => status.get(id) === 'mended' || status.get(id) === 'converged';
  const hasOne = (step: Step): boolean => step.afterAny === undefined || step.afterAny.some(isDone);
  const isSettled = (id: ResourceId): boolean => !['pending', 'taken'].includes(status.get(id) ?? 'pending');

  const hasHope = (step: Step, lost: ResourceId): boolean =>
    !step.after.includes(lost) && (step.afterAny ?? []).some(id => isDone(id) || !isSettled(id));

  return {
    queues: [...queues.keys()],
    status: id => status.get(id) ?? 'pending',
    take(host) {
      const taken: Step[] = [];
      const along = new Set<ResourceId>();
      for (const step of queues.get(host) ?? []) {
        // Steps at the control machine are carried out one by one: none is taken along.
        const ready =
          status.get(step.id) === 'pending' &&
          hasOne(step) &&
          step.after.every(id => isDone(id) || (host !== clusterHost && along.has(id)));
        if (!ready) continue;
        along.add(step.id);
        taken.push(step);
        status.set(step.id, 'taken');
      }
      return taken;
    },
    giveBack(step) {
      if (status.get(step.id) === 'taken') status.set(step.id, 'pending');
    },
    done(step, how) {
      status.set(step.id, how);
      const waiting = (children.get(step.id) ?? []).filter(edge => status.get(edge.step.id) === 'pending');
      return [...new Set(waiting.map(edge => queueOf(edge.step)))];
    },
    fail(step) {
      status.set(step.id, 'failed');
      const blocked: Step[] = [];
      const queue = [step.id];
      const block = (one: Step): void => {
        status.set(one.id, 'blocked');
        blocked.push(one);
        queue.push(one.id);
      };
      for (const one of siblings.get(step.id) ?? []) if (!isSettled(one.id) && !begun.has(one.id)) block(one);
      for (const id of queue)
        for (const { step: child } of children.get(id) ?? [])
          if (!isSettled(child.id) && !hasHope(child, id)) block(child);
      return blocked;
    },
    unsettled: host => (queues.get(host) ?? []).filter(step => !isSettled(step.id)),
    touched(step) {
      // What its turn keeps of a unit shows, whoever of the turn began.
      const inTurn = siblings.get(step.id)?.some(one => begun.has(one.id)) === true;
      if (inTurn || step.after.some(id => touched.has(id))) touched.add(step.id);
      return touched.has(step.id);
    },
    touch: step => {
      touched.add(step.id);
      begun.add(step.id);
    },
    begun: id => begun.has(id),
    count: wanted => [...status.values()].filter(each => each === wanted).length,
  };
};

/** Each step of a turn, with all of that turn. */
const siblingsIn = (plan: Plan): ReadonlyMap<ResourceId, readonly Step[]> => {
  const turns = turnsOf(plan).filter(({ back }) => !('pointOfNoReturn' in back));
  if (turns.length === 0) return new Map();
  const byId = new Map(plan.steps.map(step => [step.id, step]));
  return new Map(
    turns.flatMap(({ members }) => {
      const all = members.flatMap(id => byId.get(id) ?? []);
      return members.map(id => [id, all] as const);
    }),
  );
};

const grouped = <T>(all: readonly T[], keyOf: (each: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group) group.push(each);
    else groups.set(keyOf(each), [each]);
  }
  return groups;
};
