/** Where a rotation stands: the first phase that is not complete, by the hosts' files and by its own proof. */
import type { Drafted } from '../build/draft.js';
import type { Edge, Phase, Rotatable, Turning } from './rotatable.js';

export interface Position {
  readonly phase: Phase;
  /** From 1. */
  readonly at: number;
  /** Its files stand already: it is gone on with. */
  readonly again: boolean;
  /** Why it is not complete; []: it has not begun. */
  readonly open: readonly Edge[];
}

/** A phase whose files stand is complete when nothing is left to do for it and every edge is proven. */
export async function positionOf(thing: Rotatable, at: Turning, drafted: Drafted): Promise<Position> {
  const stands = thing.stands(at.input.spec, at.input.facts);
  const current = thing.phases[stands - 1];
  if (current) {
    const open = [...notConverged(drafted), ...notOk(await current.prove(at))];
    if (open.length > 0) return { phase: current, at: stands, again: true, open };
  }
  for (const [index, phase] of thing.phases.entries()) {
    if (index < stands) continue;
    const open = stands === 0 || phase.wants ? [] : notOk(await phase.prove(at));
    if (stands === 0 || phase.wants || open.length > 0) return { phase, at: index + 1, again: false, open };
  }
  throw new Error(`${thing.name}: all phases are complete, and one stands`);
}

export const notOk = (edges: readonly Edge[]): readonly Edge[] => edges.filter(({ ok }) => ok !== true);

/** That hosts are as wanted, and every unit has started after its files: what the plan of what stands says. */
export const notConverged = ({ plan }: Pick<Drafted, 'plan'>): readonly Edge[] =>
  plan.steps.map(step => ({
    name: `${step.host}: ${step.key}`,
    ok: false,
    says: step.changes.map(({ field }) => field).join(', '),
  }));
