import type { Resource, ResourceId } from '../model/resource.js';
import { idOf } from '../model/resource.js';

/** Resources by number: with 300,000 of them, numbers instead of names are what keeps a plan within its seconds. */
export interface Graph {
  readonly resources: readonly Resource[];
  readonly ids: readonly ResourceId[];
  /** What each comes after, by number. */
  readonly after: readonly (readonly number[])[];
  /** All numbers, each later than those it comes after. */
  readonly order: readonly number[];
}

/**
 * Throws on a name that nobody wants, on one that is wanted twice, and on a cycle with its path: bugs of the blueprint.
 */
export function graphOf(resources: readonly Resource[]): Graph {
  const ids = resources.map(idOf);
  const numbers = new Map<ResourceId, number>();
  for (const [at, id] of ids.entries()) {
    if (numbers.has(id)) throw new Error(`${id} is wanted twice`);
    numbers.set(id, at);
  }
  const hosts = new Set(resources.map(resource => resource.host));
  const after = resources.map((resource, at) =>
    resource.after.length === 0 ? none : known(resource.after, ids[at] ?? '', numbers, hosts),
  );
  return { resources, ids, after, order: depthFirst(ids, after) };
}

const none: readonly number[] = [];

/** A host that was left out takes its resources along; any other unknown name is a slip in the blueprint. */
function known(
  after: readonly ResourceId[],
  of: ResourceId,
  numbers: ReadonlyMap<ResourceId, number>,
  hosts: ReadonlySet<string>,
): readonly number[] {
  const found: number[] = [];
  for (const id of after) {
    const number = numbers.get(id);
    if (number !== undefined) found.push(number);
    else if (hosts.has(id.slice(0, id.indexOf('/')))) throw new Error(`${of} comes after ${id}, which nobody wants`);
  }
  return found;
}

/** With a stack of its own: a chain of 100,000 must not end ours. */
function depthFirst(ids: readonly ResourceId[], after: readonly (readonly number[])[]): readonly number[] {
  const done: number[] = [];
  const next = new Int32Array(ids.length).fill(-1);
  for (const start of ids.keys()) {
    const stack = next[start] === -1 ? [start] : [];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const at = Math.max(0, next[top] as number);
      const below = after[top]?.[at];
      next[top] = below === undefined ? finished : at + 1;
      if (below === undefined) {
        done.push(top);
        stack.pop();
        continue;
      }
      if (next[below] === -1) stack.push(below);
      else if (next[below] !== finished)
        throw new Error(`a cycle: ${[...stack.slice(stack.indexOf(below)), below].map(each => ids[each]).join(' → ')}`);
    }
  }
  return done;
}

const finished = 2 ** 31 - 1;
