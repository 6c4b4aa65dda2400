import type { Step } from '../model/plan.js';
import type { ResourceId } from '../model/resource.js';

/**
 * Restarts that must not meet: those of etcd and the control plane, where a quorum and somebody to answer must be left,
 * and those of the nodes, where most of them must be left. A unit that is merely started has nothing to lose.
 */
export const serialClass = (step: Step): 'control-plane' | 'nodes' | undefined => {
  if (isManifest(step)) return 'control-plane';
  if (!['service', 'residue'].includes(step.kind) || !step.changes.some(change => change.field === 'fresh'))
    return undefined;
  return step.stage === 'etcd' || step.stage === 'control-plane' ? 'control-plane' : 'nodes';
};

/** One that is there and becomes another: its kubelet replaces the pod at once. */
const isManifest = (step: Step): boolean =>
  step.kind === 'file' &&
  step.key.startsWith('/etc/kubernetes/manifests/') &&
  step.changes.some(change => change.field === 'content' && change.from !== undefined);

/** A quarter of the nodes at a time. */
const share = 0.25;

/**
 * Edges that let control planes restart one host at a time, and nodes at most a quarter at once. Every new edge leads
 * from an earlier to a later step, so no cycle can come of it; their number is linear.
 */
export function serialise(steps: readonly Step[]): readonly Step[] {
  const more = new Map<ResourceId, readonly ResourceId[]>();
  for (const name of ['control-plane', 'nodes'] as const) {
    const runs = byHost(steps.filter(step => serialClass(step) === name));
    const width =
      name === 'control-plane' ? 1 : Math.max(1, Math.floor(new Set(runs.map(run => run[0]?.host)).size * share));
    runs.forEach((run, at) => {
      const before = (runs[at - width] ?? []).map(step => step.id);
      for (const step of run) more.set(step.id, before);
    });
  }
  return steps.map(step => {
    const before = more.get(step.id) ?? [];
    return before.length === 0 ? step : { ...step, after: [...new Set([...step.after, ...before])] };
  });
}

/** Neighbours of one host, together. */
function byHost(steps: readonly Step[]): readonly (readonly Step[])[] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last?.[0]?.host === step.host) last.push(step);
    else runs.push([step]);
  }
  return runs;
}
