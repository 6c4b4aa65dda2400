import type { Plan } from '../model/plan.js';
import type { Graph } from './graph.js';
import type { Reading } from './read-answer.js';

export interface Unseen {
  /** By number: why it is left out. */
  readonly why: ReadonlyMap<number, string>;
  readonly leftOut: NonNullable<Plan['leftOut']>;
  readonly hosts: Plan['unseen'];
}

/** What cannot be planned: resources that were not seen, and down the edges all that needs them. */
export function unseen({ ids, after, order, resources }: Graph, looked: readonly Reading[]): Unseen {
  const why = new Map<number, string>();
  const root = new Map<number, number>();
  const hosts = new Map<string, string>();
  for (const at of order) {
    const seen = looked[at];
    const needed = after[at]?.find(each => why.has(each));
    if (seen && 'missing' in seen) {
      why.set(at, seen.missing);
      hosts.set(resources[at]?.host ?? '', seen.missing);
    } else if (needed !== undefined) {
      root.set(at, root.get(needed) ?? needed);
      why.set(at, `needs ${ids[root.get(at) ?? needed]}, which could not be seen`);
    }
  }
  return {
    why,
    leftOut: [...why].map(([at, reason]) => ({ id: ids[at] ?? '', why: reason })),
    hosts: [...hosts].map(([host, reason]) => ({ host, why: reason })),
  };
}
