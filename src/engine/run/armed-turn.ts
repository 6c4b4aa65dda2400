/** What a host is told of its way back while a turn of it is armed. */
import type { Step } from '../../model/plan.js';
import type { Script } from '../../shell/sh.js';
import { type Context, defaultLimits } from '../context.js';
import { later, refuse, release } from '../script/armed.js';
import type { InTurn, Turning } from '../script/build.js';
import type { Confirming } from './confirm.js';
import type { Progress } from './progress.js';

interface Parts {
  readonly context: Pick<Context, 'limits'>;
  readonly progress: Progress;
  readonly turns?: Turning;
  readonly confirming?: Confirming;
}

/** Undefined: the step is no unit of an armed turn, or not the last of them. */
const lastIn = ({ id }: Step, { turns, progress }: Parts): InTurn | undefined => {
  const turn = turns?.steps.get(id);
  if (!turn?.armed || !turn.proofs.includes(id)) return undefined;
  const others = turn.proofs.filter(one => one !== id);
  return others.every(one => ['mended', 'converged'].includes(progress.status(one))) ? turn : undefined;
};

export const confirmNow = async (step: Step, parts: Parts): Promise<readonly Script[]> => {
  const turn = lastIn(step, parts);
  if (!turn || !parts.confirming) return [];
  const found = await parts.confirming.after(step.host, turn);
  if (found === 'later') return [later(parts.context.limits?.armed ?? defaultLimits.armed)];
  if ('why' in found) return [refuse(found.why)];
  parts.confirming.over(turn);
  return [release(turn.all)];
};

type LastWord = { readonly over: InTurn } | { readonly why: string };

/** The host waits for it, and can ask for no more time meanwhile. */
const tries = 10;

/** Of a unit that need not act: undefined where nothing is armed by its turn, or others of it are still to come. */
export const lastWord = async (step: Step, parts: Parts): Promise<LastWord | undefined> => {
  const turn = lastIn(step, parts);
  const { confirming, turns, progress } = parts;
  if (!turn || !confirming || confirming.isOver(turn)) return undefined;
  const members = [...(turns?.steps ?? [])].filter(([, one]) => one.proofs.includes(step.id)).map(([id]) => id);
  if (!members.some(progress.begun)) return undefined;
  for (let at = 0; at < tries; at += 1) {
    const found = await confirming.after(step.host, turn);
    if (found !== 'later') {
      if ('why' in found) return found;
      confirming.over(turn);
      return { over: turn };
    }
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
  return { why: 'the API was reached before this change, and is not now' };
};

export const toldOf = (word: LastWord): Script => ('over' in word ? release(word.over.all) : refuse(word.why));
