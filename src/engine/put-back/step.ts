/** A turn put back, as one step of a plan of its own: looked at before and after, waited for, cut off and resumed. */
import { prints } from '../../facts/script.js';
import type { Plan, Step } from '../../model/plan.js';
import { changed, idOf, type Kind, type Resource } from '../../model/resource.js';
import { raw, scripts, sh } from '../../shell/sh.js';
import type { Dirs } from '../context.js';
import { askBefore, forget, restore } from './script.js';
import type { HostTurn } from './turns.js';

interface BeforeWant {
  readonly units: readonly string[];
  readonly dirs: Dirs;
}

/** Wanted: nothing is kept any more, since all of it serves. */
export const before: Kind<'before', BeforeWant, readonly string[]> = {
  kind: 'before',
  read: (host, { units, dirs }) => prints(`before:${host}`, askBefore(units, dirs)),
  diff: (_, have) => (have.length === 0 ? [] : [kept]),
  plan: () => ({ actions: [], risk: 'restart' }),
  volatileFields: ['before'],
  rollback: () => ({ by: 'nothing' }),
  ideal: () => [],
};

const kept = changed('before', 'another', 'as kept');

interface PuttingBack {
  readonly plan: Plan;
  readonly resource: Resource<'before', BeforeWant>;
}

/** Who puts back, and after how many seconds without a word its host would do so by itself. */
interface By {
  readonly run: string;
  readonly armed: number;
}

/** The plan's own steps say how long its units take to end, and what their gates are. */
export function puttingBack(plan: Plan, turn: HostTurn, dirs: Dirs, { run, armed }: By): PuttingBack {
  const byId = new Map(plan.steps.map(step => [step.id, step]));
  const known = turn.units.flatMap(({ unit, step }) => {
    const found = byId.get(step);
    return found ? [{ unit, step: found, endsIn: found.seconds ?? 0 }] : [];
  });
  const units = known.map(({ unit }) => unit);
  const want: BeforeWant = { units, dirs };
  const base = { kind: 'before', host: turn.host, key: 'turn', stage: 'host', because: 'its gate failed' } as const;
  const step: Step = {
    ...base,
    id: idOf(base),
    changes: [kept],
    actions: [
      { do: 'run', script: scripts([heldBack(known, armed), restore(known, run, dirs)]), says: 'put back' },
      ...known.flatMap(({ unit, step: of }) => gatesOf(unit, of, dirs)),
      { do: 'run', script: forget(units, dirs), says: 'forget what was kept' },
    ],
    risk: 'restart',
    after: [],
    question: before.read('turn', want).question,
    // Whatever the host answers is judged.
    seen: '',
  };
  return {
    plan: { cluster: plan.cluster, steps: [step], examined: 1, unseen: [], digest: plan.digest },
    resource: { ...base, want, after: [] },
  };
}

/** The host would do the same by itself before long: it leaves it to us, as long as the units may take to end. */
const heldBack = (units: readonly { readonly endsIn: number }[], armed: number) =>
  sh`kw_hold ${armed + Math.ceil(Math.max(0, ...units.map(({ endsIn }) => endsIn)))}`;

/** The very gate that the new state did not pass; of what was not kept nothing is asked. */
const gatesOf = (unit: string, { actions }: Step, { home }: Dirs): Step['actions'] =>
  actions.flatMap(action =>
    action.do === 'wait'
      ? [{ ...action, script: sh`[ -d ${`${home}/before/${unit}`} ] || exit 0\n${raw(action.script)}` }]
      : [],
  );
