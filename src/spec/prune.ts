/** A file without its mistakes, so that the rest of it can be examined in the same run. */
import type { Path } from './document.js';

export const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) => (isContainer(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    root,
  );

/** A copy without the values at these paths; members of lists close up (`restoreIndex` undoes that for paths). */
export const without = (root: unknown, holes: readonly Path[]): unknown => {
  const copy: unknown = structuredClone(root);
  const lists = new Set<unknown[]>();
  for (const path of holes) {
    const last = path.at(-1);
    const parent = valueAt(copy, path.slice(0, -1));
    if (last === undefined || !isContainer(parent)) continue;
    if (Array.isArray(parent)) {
      parent[Number(last)] = gap;
      lists.add(parent);
    } else delete parent[last];
  }
  for (const list of lists) list.splice(0, list.length, ...list.filter(item => item !== gap));
  return copy;
};

/** A path in the pruned file → the same thing's path in the file as written. */
export const restoreIndex = (path: Path, holes: readonly Path[]): Path => {
  const whole: (string | number)[] = [];
  for (const step of path) {
    if (typeof step !== 'number') {
      whole.push(step);
      continue;
    }
    const gone = new Set(
      holes
        .filter(hole => hole.length === whole.length + 1 && whole.every((part, i) => hole[i] === part))
        .map(hole => hole.at(-1)),
    );
    let index = 0;
    for (let left = step; gone.has(index) || left-- > 0; ) index++;
    whole.push(index);
  }
  return whole;
};

const gap = Symbol('gap');

const isContainer = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null;
