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
  const status: Statuses = new Map(plan.steps.map(step => [step.id, 'pending']));
  const queues = grouped(plan.steps, queueOf);
  const children = grouped(
    plan.steps.flatMap(step => [...step.after, ...(step.afterAny ?? [])].map(id => ({ id, step }))),
    edge => edge.id,
  );
  const siblings = siblingsIn(plan);
  const acted = actedIn(siblings);
  return {
    ...acted,
    queues: [...queues.keys()],
    status: id => status.get(id) ?? 'pending',
    take(host) {
      const taken = readyIn(queues.get(host) ?? [], host !== clusterHost, status);
      for (const { id } of taken) status.set(id, 'taken');
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
      const sameTurn = (siblings.get(step.id) ?? []).filter(one => !acted.begun(one.id));
      return block(step.id, sameTurn, children, status);
    },
    unsettled: host => (queues.get(host) ?? []).filter(step => !isSettled(status.get(step.id))),
    count: wanted => [...status.values()].filter(each => each === wanted).length,
  };
};

type Statuses = Map<ResourceId, Status>;
type Edges = ReadonlyMap<ResourceId, readonly { readonly step: Step }[]>;

const isDone = (status: Status | undefined): boolean => status === 'mended' || status === 'converged';
const isSettled = (status: Status = 'pending'): boolean => !['pending', 'taken'].includes(status);

/** `along`: steps of a host are sent together; those at the control machine are carried out one by one. */
const readyIn = (queue: readonly Step[], along: boolean, status: Statuses): readonly Step[] => {
  const ready = new Map<ResourceId, Step>();
  for (const step of queue) {
    if (status.get(step.id) !== 'pending') continue;
    if (step.afterAny && !step.afterAny.some(id => isDone(status.get(id)))) continue;
    if (step.after.every(id => isDone(status.get(id)) || (along && ready.has(id)))) ready.set(step.id, step);
  }
  return [...ready.values()];
};

/** What cannot be done without a step that is lost, `sameTurn` before all, and what cannot be done without that. */
const block = (lost: ResourceId, sameTurn: readonly Step[], children: Edges, status: Statuses): readonly Step[] => {
  const blocked: Step[] = [];
  const queue = [lost];
  const add = (one: Step): void => {
    if (isSettled(status.get(one.id))) return;
    status.set(one.id, 'blocked');
    blocked.push(one);
    queue.push(one.id);
  };
  sameTurn.forEach(add);
  for (const id of queue) for (const { step } of children.get(id) ?? []) if (!hasHope(step, id, status)) add(step);
  return blocked;
};

const hasHope = (step: Step, lost: ResourceId, status: Statuses): boolean =>
  !step.after.includes(lost) && (step.afterAny ?? []).some(id => isDone(status.get(id)) || !isSettled(status.get(id)));

/** What has acted in this run. */
const actedIn = (siblings: ReturnType<typeof siblingsIn>): Pick<Progress, 'touched' | 'touch' | 'begun'> => {
  const touched = new Set<ResourceId>();
  const begun = new Set<ResourceId>();
  return {
    touched(step) {
      // What its turn keeps of a unit shows, whoever of the turn began.
      const inTurn = siblings.get(step.id)?.some(one => begun.has(one.id)) === true;
      if (inTurn || step.after.some(id => touched.has(id))) touched.add(step.id);
      return touched.has(step.id);
    },
    touch(step) {
      touched.add(step.id);
      begun.add(step.id);
    },
    begun: id => begun.has(id),
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
