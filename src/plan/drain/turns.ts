/** A node's drain and its end, around its turn in a rollout. */
import type { Step } from '../../model/plan.js';
import type { ResourceId } from '../../model/resource.js';
import { isUnit, programOf } from '../disruption.js';
import type { Run } from '../wave.js';
import type { Drains } from './due.js';

export type { Drains } from './due.js';

const isEmptied = (run: Run): boolean =>
  run.tier === 'node' && run.steps.some(step => programOf(step) === 'kubelet' || programOf(step) === 'containerd');

/** The first turn of a node that touches its kubelet or runtime begins with the drain, its last turn ends it. */
export function bracketed(runs: readonly Run[], drains: Drains | undefined): readonly Run[] {
  if (!drains) return runs;
  const first = new Map<string, Run>();
  const last = new Map<string, Run>();
  for (const run of runs.filter(each => each.tier === 'node')) {
    if (isEmptied(run) && !first.has(run.host)) first.set(run.host, run);
    last.set(run.host, run);
  }
  return runs.map(run => {
    const { drain, uncordon } = drains.turns.get(run.host) ?? {};
    return {
      ...run,
      ...(drain && first.get(run.host) === run ? { drain } : {}),
      ...(uncordon && last.get(run.host) === run ? { uncordon: after(uncordon, run.steps.map(idOfStep)) } : {}),
    };
  });
}

/** Steps that stand around a turn's own. */
export const loose = ({ drain, uncordon }: Run): readonly Step[] => [
  ...(drain ? [drain] : []),
  ...(uncordon ? [uncordon] : []),
];

/** What whoever comes after a turn waits for. */
export const turnIds = ({ steps, uncordon }: Run): readonly ResourceId[] => [
  ...steps.map(idOfStep),
  ...(uncordon ? [uncordon.id] : []),
];

/** Nodes that were left cordoned and have no turn in this plan: given back once their kubelet runs. */
export function givenBack(runs: readonly Run[], ordered: readonly Step[], drains: Drains | undefined): readonly Step[] {
  const inTurns = new Set(runs.filter(run => run.uncordon).map(run => run.host));
  return [...(drains?.turns ?? [])]
    .filter(([host]) => !inTurns.has(host))
    .map(([host, { uncordon }]) =>
      after(uncordon, ordered.filter(step => step.host === host && isUnit(step)).map(idOfStep)),
    );
}

/** Whether so many pods of each budget may be away at once as stand on these nodes together. */
export function fitsHeadroom(runs: readonly Run[], next: Run, drains: Drains | undefined): boolean {
  const all = [...runs, next].filter(run => run.drain);
  if (!drains || all.length < 2) return true;
  const { headroom, turns } = drains;
  if (!headroom) return false;
  const away = new Map<string, number>();
  for (const { host } of all)
    for (const [budget, count] of turns.get(host)?.guarded ?? []) away.set(budget, (away.get(budget) ?? 0) + count);
  return [...away].every(([budget, count]) => count <= (headroom.get(budget) ?? 0));
}

const idOfStep = ({ id }: Step): ResourceId => id;
const after = (step: Step, ids: readonly ResourceId[]): Step => ({ ...step, after: ids });
