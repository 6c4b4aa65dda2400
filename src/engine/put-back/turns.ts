/** The turns of a plan's rollout, as the engine needs them: who belongs together, and what is kept before it acts. */
import type { Plan, Step, Turn, TurnUnit, WayBack } from '../../model/plan.js';
import type { Resource, ResourceId } from '../../model/resource.js';
import type { KindTable } from '../context.js';
import type { ArmedUnit } from '../script/armed.js';
import type { InTurn } from '../script/build.js';

export interface HostTurn extends Turn {
  readonly back: WayBack;
  /** All steps of it. */
  readonly members: readonly ResourceId[];
}

/**
 * Those without a unit have nothing that could be asked whether it serves. Of a plan that ends earlier, what is left.
 */
export const turnsOf = ({ rollout, steps }: Pick<Plan, 'rollout' | 'steps'>): readonly HostTurn[] => {
  if (!rollout?.waves.some(({ turns }) => turns)) return [];
  const here = new Set(steps.map(({ id }) => id));
  return rollout.waves.flatMap(({ turns = [], back }) =>
    turns
      .map(({ units, ...rest }) => ({ ...rest, units: units.filter(({ step }) => here.has(step)) }))
      .filter(({ units }) => units.length > 0)
      .map(turn => ({
        ...turn,
        back,
        members: [...new Set(turn.units.flatMap(({ step, writes }) => [...writes, step]))],
      })),
  );
};

/** Undefined: nothing of this plan is ever put back. */
export function keptBefore(
  plan: Plan,
  wanted: ReadonlyMap<ResourceId, Resource>,
  kinds: KindTable,
): ReadonlyMap<ResourceId, InTurn> | undefined {
  const turns = turnsOf(plan).filter(({ back }) => !('pointOfNoReturn' in back));
  if (turns.length === 0) return undefined;
  const byId = new Map(plan.steps.map(step => [step.id, step]));
  const pathsOf = (id: ResourceId): readonly string[] => {
    const one = wanted.get(id);
    const way = one && kinds[one.kind]?.rollback(one.key, one.want);
    return way?.by === 'files' ? way.paths : [];
  };
  return new Map(
    turns.flatMap(({ units, members, armed }) => {
      const all = units.map(({ unit }) => unit);
      const proofs = units.map(({ step }) => step);
      const own = armed ? { armed: units.flatMap(unit => armedUnit(unit, byId)) } : {};
      return members.map((id): readonly [ResourceId, InTurn] => {
        const readers = units.filter(({ writes }) => writes.includes(id)).map(({ unit }) => unit);
        return [id, { all, readers, proofs, paths: readers.length > 0 ? pathsOf(id) : [], ...own }];
      });
    }),
  );
}

const armedUnit = ({ unit, step }: TurnUnit, byId: ReadonlyMap<ResourceId, Step>): readonly ArmedUnit[] => {
  const found = byId.get(step);
  const gates = found?.actions.flatMap(one =>
    one.do === 'wait' ? [{ script: one.script, seconds: one.seconds }] : [],
  );
  return found && gates ? [{ unit, step, endsIn: found.seconds ?? 0, gates }] : [];
};
