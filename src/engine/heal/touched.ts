/** What the steps of a therapy touch on each host, and how each of it comes back. Pure. */
import type { Plan, Step } from '../../model/plan.js';
import { idOf, type Resource, type ResourceId, type Rollback } from '../../model/resource.js';
import type { Script } from '../../model/script.js';
import type { KindTable } from '../context.js';

/** One host's part of a therapy. */
export interface Touched {
  readonly host: string;
  /** Files that may be written, made or removed. */
  readonly paths: readonly string[];
  readonly units: readonly string[];
  /** `net.ipv4.ip_forward` → its value before. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** What is not a file: `keep` prints it, `back` reads that. */
  readonly states?: readonly State[];
  /** What does not come back; `look` says whether it was done at all. */
  readonly lasting?: readonly Lasting[];
}

export interface State {
  readonly keep: Script;
  readonly back: Script;
}
export interface Lasting {
  readonly id: ResourceId;
  readonly why: string;
  readonly read: Script;
}

/** How each thing comes back, as its kind says. */
export const rollbacksOf = (resources: readonly Resource[], kinds: KindTable): ReadonlyMap<ResourceId, Rollback> =>
  new Map(
    resources.flatMap(one => {
      const way = kinds[one.kind]?.rollback(one.key, one.want);
      return way ? [[idOf(one), way] as const] : [];
    }),
  );

export function touchedBy(plan: Plan, ways: ReadonlyMap<ResourceId, Rollback>): readonly Touched[] {
  const hosts = new Map<string, Step[]>();
  for (const step of plan.steps)
    if (step.question.ask === 'host') hosts.set(step.host, [...(hosts.get(step.host) ?? []), step]);
  return [...hosts].map(([host, steps]) => {
    const all = steps.flatMap(step => ways.get(step.id) ?? []);
    return {
      host,
      paths: [...new Set(steps.flatMap(step => [...filesOf(ways.get(step.id)), ...writtenBy(step)]))],
      units: all.flatMap(way => (way.by === 'unit' ? [way.unit] : [])),
      sysctls: {},
      states: all.flatMap(way => (way.by === 'scripts' ? [{ keep: way.keep, back: way.back }] : [])),
      lasting: steps.flatMap(step => lastingOf(step, ways.get(step.id))),
    };
  });
}

const filesOf = (way: Rollback | undefined): readonly string[] => (way?.by === 'files' ? way.paths : []);

const writtenBy = (step: Step): readonly string[] =>
  step.actions.flatMap(action => {
    if (action.do === 'put' || action.do === 'fetch') return [action.path];
    if (action.do !== 'issue') return [];
    return action.to.as === 'pem' ? [action.to.cert, action.to.key] : [action.to.path];
  });

/** What nothing here brings back is said to stay: silence would be a promise. */
const lastingOf = ({ id, question }: Step, way: Rollback | undefined): readonly Lasting[] => {
  if (question.ask !== 'host' || (way && way.by !== 'nobody')) return [];
  return [{ id, read: question.script, why: way?.why ?? 'nothing is known that undoes it' }];
};
