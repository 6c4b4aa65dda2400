import type { Graph } from './graph.js';

const none: readonly number[] = [];

/**
 * For every resource the nearest steps it comes after: what it names itself, or, where that has converged, what comes
 * before that. One list is handed on as it is: thousands of workers behind one converged resource share it.
 */
export function nearestSteps({ after, order }: Graph, isStep: (at: number) => boolean): readonly (readonly number[])[] {
  const found: (readonly number[])[] = new Array(after.length).fill(none);
  for (const at of order) {
    const own = after[at] ?? none;
    if (own.every(isStep)) {
      found[at] = own;
      continue;
    }
    const lists = own.map(each => (isStep(each) ? [each] : (found[each] ?? none))).filter(list => list.length > 0);
    found[at] = lists.length <= 1 ? (lists[0] ?? none) : [...new Set(lists.flat())];
  }
  return found;
}
