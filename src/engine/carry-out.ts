/** Carries out a plan: every queue as soon as it can, a failure blocking its descendants alone (design, section 3). */
import pLimit from 'p-limit';
import { exitCodes, type EventBody, type Failure, type FailureClass } from '../model/event.js';
import { clusterHost } from '../model/resource.js';
import type { Plan, Step } from '../model/plan.js';
import { type Carried, putBack } from './put-back/index.js';
import { keptBefore } from './put-back/turns.js';
import { carryOutHere } from './run/control-machine.js';
import { type Context, defaultLimits, type Limits, type Outcome } from './context.js';
import { type SessionParts, holding } from './run/host-session.js';
import { confirming } from './run/confirm.js';
import type { Turning } from './script/build.js';
import { gathering } from './run/gathering.js';
import { runOnHost } from './run/host-queue.js';
import { failureOf, tracker, tidy, type StepTracker } from './run/step-tracker.js';
import { slots } from './run/slots.js';
import { type Progress, progressOf } from './run/progress.js';
import { redactor } from './run/redact.js';

export const carryOut = async (plan: Plan, context: Context, emit: (body: EventBody) => void): Promise<Outcome> => {
  const began = context.clock().getTime();
  const { id, command, owner } = context.run;
  emit({
    type: 'run-started',
    run: id,
    cluster: plan.cluster,
    command,
    steps: plan.steps.length,
    plan: plan.digest,
    owner,
    hosts: stepsByHost(plan),
  });
  await context.sync?.();
  const progress = progressOf(plan);
  const book = await allLanes(plan, progress, context, emit);
  const outcome = outcomeOf(plan, progress, book, context.signal?.aborted ?? false);
  const seconds = (context.clock().getTime() - began) / 1000;
  emit({
    type: 'run-ended',
    ok: outcome.ok,
    done: outcome.mended + outcome.converged,
    failed: progress.count('failed'),
    blocked: outcome.blocked,
    seconds,
  });
  await context.sync?.();
  return outcome;
};

const stepsByHost = ({ steps }: Plan): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { host } of steps) counts[host] = (counts[host] ?? 0) + 1;
  return counts;
};

/** Resolves when nothing runs and nothing more can begin. Rejects on a bug of ours, after the rest has ended. */
const allLanes = async (
  plan: Plan,
  progress: Progress,
  context: Context,
  emit: (body: EventBody) => void,
): Promise<StepTracker> => {
  const limits = { ...defaultLimits, ...context.limits };
  const tasks = gathering();
  const stopped = () => tasks.broken() || (context.signal?.aborted ?? false);
  const shared = sharedByLanes(plan, progress, {
    context,
    limits,
    emit,
    stopped,
    wake: one => wake(one),
  });
  const turn = pLimit(limits.connections);
  const here = pLimit(8);
  const busy = new Set<string>();

  const wake = (queue: string): void => {
    if (stopped() || busy.has(queue)) return;
    const steps = progress.take(queue);
    if (queue === clusterHost) {
      for (const step of steps)
        tasks.add(() => here(() => carryOutHere(step, shared.parts)).finally(() => progress.giveBack(step)));
    } else if (steps.length > 0) {
      busy.add(queue);
      tasks.add(async () => {
        await onLane(queue, steps, shared, turn, tasks.broken);
        busy.delete(queue);
        wake(queue);
      });
    }
  };
  for (const queue of progress.queues) wake(queue);
  await tasks.all();
  return shared.parts.tracker;
};

/** Steps of one host; what is left of them may be taken again. */
const onLane = async (
  host: string,
  steps: readonly Step[],
  { parts, held, back }: ReturnType<typeof sharedByLanes>,
  turn: <T>(act: () => Promise<T>) => Promise<T>,
  broken: () => boolean,
): Promise<void> => {
  await turn(async () => {
    if (!parts.stopped()) await onHost(host, steps, parts);
  });
  for (const step of steps) {
    held.giveBack(step);
    parts.progress.giveBack(step);
  }
  if (!broken()) await turn(() => back(host));
};

/** `wake`: something may begin in this queue now. */
const sharedByLanes = (
  plan: Plan,
  progress: Progress,
  {
    context,
    limits,
    emit,
    stopped,
    wake,
  }: Pick<SessionParts, 'context' | 'emit' | 'stopped'> & {
    readonly limits: Limits;
    readonly wake: (queue: string) => void;
  },
) => {
  const masks = redactor();
  const held = holding(slots(limits.uploads), slots(limits.restarts));
  const book = tracker({
    progress,
    emit,
    clock: context.clock,
    redactor: masks,
    ...(context.sync ? { sync: context.sync } : {}),
    wake: queues => queues.forEach(wake),
    settled: held.giveBack,
  });
  const kept = keptBefore(plan, context.wanted, context.kinds);
  const parts: SessionParts = {
    ...{ context, progress, tracker: book, redactor: masks, emit, places: held, stopped },
    ...(kept ? { turns: turning(kept, context.run, limits.armed), confirming: confirming(context) } : {}),
  };
  const back = putBack({ plan, context, progress, tracker: book, redactor: masks, emit, carry: beside(emit) });
  return { parts, held, back };
};

const turning = (
  steps: Turning['steps'],
  { id, command, owner }: Context['run'],
  seconds: number,
): NonNullable<SessionParts['turns']> => ({
  ...{ run: id, steps },
  ...([...steps.values()].some(({ armed }) => armed) ? { armed: { run: id, command, owner, seconds } } : {}),
});

/** Another plan, of which only notes are told. */
const beside =
  (emit: (body: EventBody) => void) =>
  async (plan: Plan, context: Context): Promise<Carried> => {
    const progress = progressOf(plan);
    let waited = false;
    const { failures } = await allLanes(plan, progress, context, event => {
      if (event.type === 'note') emit(event);
      if (event.type === 'step-waiting') waited = true;
    });
    return { failures, waited, idle: progress.count('mended') === 0 };
  };

/** A host that cannot be reached, or is lost a second time without a step done in between, is quarantined. */
const onHost = async (host: string, first: readonly Step[], parts: SessionParts): Promise<void> => {
  let steps = first;
  let cuts = 0;
  try {
    while (steps.length > 0) {
      const { cut } = await runOnHost(host, steps, parts, cuts > 0);
      if (cut === undefined) return;
      const left = steps.filter(step => parts.progress.status(step.id) === 'taken');
      cuts = left.length < steps.length ? 1 : cuts + 1;
      if (cuts > 1) return quarantine(host, { class: 'unreachable', message: `cut off twice: ${cut}` }, parts);
      if (parts.stopped()) return;
      for (const step of left) parts.places.giveBack(step);
      if (left.length > 0) parts.emit({ type: 'note', host, says: `cut off (${tidy(cut)}); connecting again` });
      steps = left;
    }
  } catch (error) {
    quarantine(host, failureOf(error), parts);
  }
};

const quarantine = (host: string, failure: Failure, { progress, tracker: book, emit }: SessionParts): void => {
  emit({ type: 'host-lost', host, failure });
  for (const step of progress.unsettled(host)) {
    // An earlier failure in this loop may have blocked it by now.
    if (['pending', 'taken'].includes(progress.status(step.id))) book.failed(step, failure);
  }
};

// What explains the others comes first: a lost host makes waits elsewhere expire.
const bySeverity: readonly FailureClass[] = [
  'locked',
  'auth',
  'unreachable',
  'refused',
  'drift',
  'exit',
  'timeout',
  'unproven',
];

/** By the worst of the failures; 0 where there is none. */
export const exitCodeOf = (failures: readonly Failure[]): number => {
  const found = bySeverity.find(kind => failures.some(failure => failure.class === kind));
  return found ? exitCodes[found] : 0;
};

const outcomeOf = (plan: Plan, progress: Progress, book: StepTracker, interrupted: boolean): Outcome => {
  const unseen = plan.unseen.map(({ host, why }): Failure => ({ class: 'unreachable', host, message: why }));
  const failures = [...book.failures, ...unseen.filter(each => !book.failures.some(other => other.host === each.host))];
  const left = progress.count('pending') + progress.count('taken');
  return {
    ok: failures.length === 0 && left === 0,
    mended: progress.count('mended'),
    converged: progress.count('converged'),
    blocked: progress.count('blocked'),
    left,
    failures,
    interrupted,
    // 128 + SIGINT, as shells have it.
    exitCode: interrupted && left > 0 ? 130 : exitCodeOf(failures),
  };
};
