/** What is written in a turn of a rollout, and not before it. */
import type { Step } from '../model/plan.js';
import type { ResourceId } from '../model/resource.js';
import { disrupts, isInput } from './disruption.js';
import { turnIds } from './drain/turns.js';
import type { Run } from './wave.js';

/** Turns that may come together. */
export type Batch = readonly Run[];

export const isEtcd = (batch: Batch): boolean => batch[0]?.tier === 'etcd';
export const isOfNodes = (batch: Batch): boolean => batch[0]?.tier === 'node';

export type Held = ReadonlyMap<Run, readonly Step[]>;

interface Holding {
  /** Members of etcd that start before one that runs is restarted. */
  readonly founders: readonly ResourceId[];
  readonly upgrade: boolean;
  readonly takesBack: boolean;
}

/**
 * Programs and files are written in the turn of the unit that reads them: what starts by itself before it starts as
 * what it was, and where a turn fails, nothing of the later ones is to be put back. Edges lead from one batch to a
 * later one, or to what only later ones need, so no cycle can come of them. A therapy takes back by itself, and its
 * kubelets must not wait for anybody's turn.
 */
export function heldOf(
  ordered: readonly Step[],
  batches: readonly Batch[],
  { founders, upgrade, takesBack }: Holding,
): Held {
  if (takesBack && !upgrade) return new Map();
  const byId = new Map(ordered.map(step => [step.id, step]));
  const needed = firstNeed(ordered, batches, founders);
  // Where control planes and nodes are two chains, what both need is in neither; what one needs of the other's turns is
  // in those: kubelets that are told of an endpoint come after the load balancers' turns.
  const chains = [batches.filter(isOfNodes), batches.filter(batch => !isOfNodes(batch))] as const;
  const [ofNodes, ofPlanes] = chains.map(chain => new Set(chain.flatMap(batch => batch.flatMap(turnIds))));
  const byNodes = firstNeed(ordered, upgrade ? [] : chains[0], [], ofPlanes);
  const byPlanes = firstNeed(ordered, upgrade ? [] : chains[1], [], ofNodes);
  return new Map(
    batches.flatMap((batch, at) => {
      const elsewhere = isOfNodes(batch) ? byPlanes : byNodes;
      return batch.map((run): readonly [Run, readonly Step[]] => [
        run,
        [...new Set(run.steps.flatMap(step => step.after))]
          .flatMap(id => byId.get(id) ?? [])
          .filter(one => one.host === run.host && isWritten(one))
          .filter(one => needed.get(one.id) === at && !elsewhere.has(one.id)),
      ]);
    }),
  );
}

const isWritten = (step: Step): boolean => !disrupts(step) && isInput(step);

/** The first batch in which each step, or something that comes after it, has its turn; not by way of `others`. */
export function firstNeed(
  ordered: readonly Step[],
  batches: readonly Batch[],
  founders: readonly ResourceId[],
  others: ReadonlySet<ResourceId> = new Set(),
): ReadonlyMap<ResourceId, number> {
  const needed = new Map<ResourceId, number>(founders.map(id => [id, batches.findIndex(isEtcd)]));
  for (const [at, batch] of batches.entries()) for (const id of batch.flatMap(turnIds)) needed.set(id, at);
  for (const step of ordered.toReversed()) {
    const at = needed.get(step.id);
    if (at === undefined || others.has(step.id)) continue;
    for (const id of [...step.after, ...(step.afterAny ?? [])]) needed.set(id, Math.min(at, needed.get(id) ?? at));
  }
  return needed;
}
