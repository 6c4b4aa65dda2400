/**
 * A turn of a rollout whose gate failed: its host becomes what it was while it served, is asked by the same gate, and
 * both reasons are told. Later waves are never begun: they come after what failed.
 */
import { givesBack } from '../../model/drain.js';
import { type EventBody, WorldFailed } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import type { ResourceId } from '../../model/resource.js';
import { type Context, defaultLimits, hostDirs } from '../context.js';
import { uncordon } from '../run/cordon.js';
import type { Progress } from '../run/progress.js';
import type { Redactor } from '../run/redact.js';
import { failureOf, type StepTracker } from '../run/step-tracker.js';
import { before, puttingBack } from './step.js';
import { type HostTurn, turnsOf } from './turns.js';

interface PutBackParts {
  readonly plan: Plan;
  readonly context: Context;
  readonly progress: Progress;
  readonly tracker: StepTracker;
  readonly redactor: Redactor;
  readonly emit: (body: EventBody) => void;
  /** Carries a plan out, as a run of its own beside this one. */
  readonly carry: (plan: Plan, context: Context) => Promise<Carried>;
}

export interface Carried {
  readonly failures: StepTracker['failures'];
  /** Something was waited for: what comes before that was done. */
  readonly waited: boolean;
  /** Nothing had to be done. */
  readonly idle: boolean;
}

/** @returns what to call with a host once nothing of it is at work: failed turns of it are put back, each once. */
export const putBack = (parts: PutBackParts): ((host: string) => Promise<void>) => {
  const { plan, progress } = parts;
  const turns = new Map<string, HostTurn[]>();
  for (const turn of turnsOf(plan)) turns.set(turn.host, [...(turns.get(turn.host) ?? []), turn]);
  const over = new Set<HostTurn>();
  return async host => {
    for (const turn of turns.get(host) ?? []) {
      const failed = turn.members.filter(id => progress.status(id) === 'failed');
      if (over.has(turn) || failed.length === 0 || !turn.members.some(progress.begun)) continue;
      over.add(turn);
      await settle(turn, failed, parts);
    }
  };
};

interface Result {
  readonly ok: boolean;
  readonly says: string;
}

const settle = async (turn: HostTurn, failed: readonly ResourceId[], parts: PutBackParts): Promise<void> => {
  const { host } = turn;
  const units = turn.units.map(({ unit }) => unit.replace(/\.service$/, ''));
  const began = parts.context.clock().getTime();
  const seconds = (): number => (parts.context.clock().getTime() - began) / 1000;
  const forbidden = whyNot(turn, parts.context);
  let result: Result = { ok: false, says: `not put back: ${forbidden}` };
  if (forbidden === undefined) {
    parts.emit({ type: 'put-back-started', host, units });
    await parts.context.sync?.();
    const { ok, says } = await attempt(turn, units, seconds, parts);
    result = { ok, says: parts.redactor.redact(says) };
  }
  parts.tracker.amend(failed, result.says);
  parts.emit({ type: 'put-back', host, units, steps: failed, seconds: seconds(), ...result });
  await parts.context.sync?.();
};

const whyNot = ({ back }: HostTurn, { signal }: Context): string | undefined => {
  if ('pointOfNoReturn' in back) return `point of no return: ${back.pointOfNoReturn}`;
  // Another run may be at work there by now. An interruption by a person is none: what was begun comes to an end.
  return signal?.aborted && signal.reason instanceof WorldFailed ? signal.reason.failure.message : undefined;
};

const attempt = async (
  turn: HostTurn,
  units: readonly string[],
  seconds: () => number,
  { plan, context, carry }: PutBackParts,
): Promise<Result> => {
  const { signal: _, ...rest } = context;
  const dirs = (context.dirs ?? (() => hostDirs))(turn.host);
  const by = { run: context.run.id, armed: context.limits?.armed ?? defaultLimits.armed };
  const { plan: way, resource } = puttingBack(plan, turn, dirs, by);
  const { failures, waited, idle } = await carry(way, {
    ...rest,
    kinds: { ...context.kinds, before },
    wanted: new Map(way.steps.map(({ id }) => [id, resource])),
  });
  const [failure] = failures;
  if (failure)
    return { ok: false, says: `${waited ? 'put back, and not serving' : 'not put back'}: ${failure.message}` };
  if (idle) return { ok: false, says: 'not put back: it did not serve before either' };
  const stays = await givenBack(turn, plan, context);
  const serve = units.length === 1 ? 'serves' : 'serve';
  const when = `again as before after ${Math.round(seconds())} s`;
  return { ok: true, says: `put back: ${units.join(', ')} ${serve} ${when}${stays}` };
};

/** A node that was drained for this turn, and runs what it ran before, takes pods again. */
const givenBack = async (turn: HostTurn, { steps }: Plan, { api }: Context): Promise<string> => {
  const own = steps.filter(step => givesBack(step) && turn.units.some(({ step: unit }) => step.after.includes(unit)));
  for (const { key } of own) {
    try {
      if (api) await uncordon(await api(), key);
    } catch (error) {
      return `; ${failureOf(error).message}`;
    }
  }
  return '';
};
