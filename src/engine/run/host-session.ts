/**
 * What the control machine says to one host's script: consent by state and limits, payloads, and the verdict on every
 * proof.
 */
import { createHash } from 'node:crypto';
import type { EventBody } from '../../model/event.js';
import type { Step } from '../../model/plan.js';
import { type Context, defaultLimits } from '../context.js';
import type { HostSession } from './conversation.js';
import { judgeAfter, judgeBefore } from './judge.js';
import { failureOf, type StepTracker } from './step-tracker.js';
import type { Slots } from './slots.js';
import { payloadOf } from './payload.js';
import type { Progress } from './progress.js';
import type { Redactor } from './redact.js';
import { drop, later, type Word } from '../script/answer.js';
import { hold } from '../script/armed.js';
import type { Confirming } from './confirm.js';
import { confirmNow, lastWord, toldOf } from './armed-turn.js';
import type { Turning } from '../script/build.js';
import { tellPieces } from '../uploads.js';

export interface SessionParts {
  readonly context: Context;
  readonly progress: Progress;
  readonly tracker: StepTracker;
  readonly redactor: Redactor;
  readonly emit: (body: EventBody) => void;
  readonly places: Holding;
  readonly stopped: () => boolean;
  /** Of steps in turns of a rollout, what is kept before they act; absent: there are none. */
  readonly turns?: Turning;
  /** Whether the API is reached after an armed turn; absent: none is. */
  readonly confirming?: Confirming;
}

/** Which places a step holds from its `go` until it is settled. */
export interface Holding {
  take(step: Step): boolean;
  giveBack(step: Step): void;
}

export const hostSessionOf = (host: string, steps: readonly Step[], parts: SessionParts): HostSession => {
  const { context, progress, tracker, emit } = parts;
  const world = (step: Step, kind: 'exit' | 'timeout', message: string) =>
    tracker.failed(step, { class: kind, message });
  let other = '';
  const given = tellPieces(host, steps, context.clock, emit);
  return {
    decide: (step, index, raw) => decide(step, index, raw, parts),
    waiting: (step, says) => emit({ type: 'step-waiting', step: step.id, host: step.host, says }),
    failed: (step, code, message) =>
      world(step, 'exit', message.trim() || `an action ended with exit code ${code} and said nothing`),
    expired: (step, says, seconds, message) =>
      world(step, 'timeout', `${says}: not within ${seconds} s${message.trim() ? `; last: ${message}` : ''}`),
    proved(step, raw) {
      const found = judgeAfter(step, raw, context);
      if (found.verdict === 'converged') tracker.done(step, 'mended');
      else tracker.failed(step, { class: 'unproven', message: 'message' in found ? found.message : '' });
      return overBy(step, parts);
    },
    confirm: step => confirmNow(step, parts),
    hold: () => [hold(context.limits?.armed ?? defaultLimits.armed)],
    refused(message) {
      for (const step of steps.filter(each => progress.status(each.id) === 'taken'))
        tracker.failed(step, { class: 'refused', message });
    },
    busy(pid) {
      if (pid === other) return;
      other = pid;
      emit({ type: 'note', host, says: `waiting for an earlier script of Kubewizard to end (process ${pid})` });
    },
    async chunk(sha256, offset) {
      const piece = await context.server?.chunk(sha256, offset, 1 << 20);
      if (piece) given(sha256, offset + piece.length);
      return piece;
    },
  };
};

/** What was kept stays until the last unit of the turn is proven; undefined: the step is no unit of a turn. */
const overBy = ({ id }: Step, { turns, progress }: SessionParts): readonly string[] | undefined => {
  const turn = turns?.steps.get(id);
  if (!turn?.proofs.includes(id)) return undefined;
  return turn.proofs.every(one => ['mended', 'converged'].includes(progress.status(one))) ? turn.all : [];
};

const decide = async (step: Step, index: number, raw: string | undefined, parts: SessionParts): Promise<Word> => {
  const { context, progress, tracker, places, redactor } = parts;
  if (progress.status(step.id) !== 'taken' || parts.stopped()) return drop;
  if (raw !== undefined && sha256(raw) !== step.seen) {
    const found = judgeBefore(step, raw, progress.touched(step), context);
    if (found.verdict === 'converged') return converged(step, parts);
    if (found.verdict !== 'go') {
      tracker.failed(step, {
        class: 'drift',
        message: 'message' in found ? found.message : '',
        help: 'make a new plan and look at it',
      });
      return drop;
    }
  }
  if (!places.take(step)) return later;
  try {
    await beforeTurn(step, parts);
    const payload = await payloadOf(step, index, context, redactor);
    tracker.started(step);
    await context.sync?.();
    return { word: 'go', payload };
  } catch (error) {
    tracker.failed(step, failureOf(error));
    return drop;
  }
};

const beforeTurn = async (step: Step, { turns, confirming }: SessionParts): Promise<void> => {
  const turn = turns?.steps.get(step.id);
  if (turn?.armed) await confirming?.before(step.host, turn);
};

/** Where it is the last of an armed turn, the way back is given up with it. */
const converged = async (step: Step, parts: SessionParts): Promise<Word> => {
  const found = await lastWord(step, parts);
  if (found !== undefined && 'why' in found) parts.tracker.failed(step, { class: 'unproven', message: found.why });
  else parts.tracker.done(step, 'converged');
  return found === undefined ? drop : { word: 'drop', also: toldOf(found) };
};

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Uploads and restarts are bounded by hosts, each with a limit of its own. */
export const holding = (uploads: Slots, restarts: Slots): Holding => {
  const held = new Map<string, readonly Slots[]>();
  return {
    take(step) {
      const wanted = [
        ...(step.actions.some(action => action.do === 'fetch') ? [uploads] : []),
        ...(step.risk === 'restart' || step.risk === 'downtime' ? [restarts] : []),
      ];
      const got = wanted.filter(each => each.take(step.host));
      if (got.length === wanted.length) {
        held.set(step.id, got);
        return true;
      }
      for (const each of got) each.giveBack(step.host);
      return false;
    },
    giveBack(step) {
      for (const each of held.get(step.id) ?? []) each.giveBack(step.host);
      held.delete(step.id);
    },
  };
};
