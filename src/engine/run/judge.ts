/** What an answer means: nothing to do, go on, or stop (design, section 3, rule 2). */
import { Unreadable } from '../../model/fact.js';
import type { Step } from '../../model/plan.js';
import type { Change, Resource, ResourceId } from '../../model/resource.js';
import type { KindTable } from '../context.js';

export type Verdict =
  | { readonly verdict: 'converged' }
  | { readonly verdict: 'go' }
  | { readonly verdict: 'drift' | 'unproven'; readonly message: string };

export interface Bench {
  readonly kinds: KindTable;
  readonly wanted: ReadonlyMap<ResourceId, Resource>;
}

/**
 * Before acting, on an answer other than the plan's. `expected`: this step or one it comes after has acted in this run,
 * so that another state than the planned one is our own doing.
 */
export const judgeBefore = (step: Step, raw: string, expected: boolean, bench: Bench): Verdict => {
  const found = changesOf(step, raw, bench);
  if ('unreadable' in found) return expected ? { verdict: 'go' } : { verdict: 'drift', message: found.unreadable };
  if (found.changes.length === 0) return { verdict: 'converged' };
  // What the plan meant to wait for is others' doing, and may be half under way by now: a kubelet makes its Node, a pod
  // becomes Ready.
  if (step.actions[0]?.do === 'await') return { verdict: 'go' };
  const { volatileFields = [], covers } = found.kind;
  const key = keyOf(volatileFields);
  const planned = new Set(step.changes.map(key));
  const covered = covers?.(found.want, step.changes) ?? [];
  const other = found.changes.filter(change => !planned.has(key(change)) && !covered.includes(change.field));
  if (expected || other.length === 0) return { verdict: 'go' };
  return { verdict: 'drift', message: `not as it was when the plan was made: ${other.map(tell).join('; ')}` };
};

/** After acting: only what looks converged is done. */
export const judgeAfter = (step: Step, raw: string, bench: Bench): Verdict => {
  const found = changesOf(step, raw, bench);
  if ('unreadable' in found) return { verdict: 'unproven', message: found.unreadable };
  if (found.changes.length === 0) return { verdict: 'converged' };
  return { verdict: 'unproven', message: `Applied, but not converged: ${found.changes.map(tell).join('; ')}` };
};

const changesOf = (
  step: Step,
  raw: string,
  { kinds, wanted }: Bench,
): { changes: readonly Change[]; kind: KindTable[string]; want: unknown } | { unreadable: string } => {
  const kind = kinds[step.kind];
  const resource = wanted.get(step.id);
  if (!kind || !resource) throw new Error(`the plan has ${step.id}, which nobody wants`);
  try {
    return {
      kind,
      want: resource.want,
      changes: kind.diff(resource.want, kind.read(step.key, resource.want).parse(raw)),
    };
  } catch (error) {
    if (error instanceof Unreadable) return { unreadable: error.message };
    throw error;
  }
};

const keyOf =
  (volatileFields: readonly string[]) =>
  ({ field, from, to }: Change): string =>
    JSON.stringify([field, volatileFields.includes(field) ? null : (from ?? null), to ?? null]);
const tell = ({ field, from, to }: Change): string => `${field} is ${show(from)}, wanted ${show(to)}`;
const show = (value: unknown): string => {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};
