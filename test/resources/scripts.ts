/** Every script that a kind can make of one want: to ask, to plan, to keep and bring back, to undo. */
import { type Action, type Change, changed } from '../../src/model/resource.js';
import type { AnyKind } from '../../src/resources/index.js';

type Tree = Readonly<Record<string, unknown>>;

/** Scripts by what they are for. `other`: what a host may have in its place, beside what a host of none has. */
export const scriptsOfKind = (
  kind: AnyKind,
  key: string,
  want: unknown,
  other?: string,
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const { question } = kind.read(key, want);
  if (question.ask === 'host') found.set('question', question.script);
  const back = kind.rollback(key, want);
  if (back.by === 'scripts') found.set('keep', back.keep).set('back', back.back);
  for (const one of [want, kind.undo?.(key, want)].filter(each => each !== undefined))
    for (const changes of changesOf(kind, key, one, other))
      for (const action of kind.plan(key, one, changes).actions) scriptsOfAction(action, found);
  return found;
};

const scriptsOfAction = (action: Action, found: Map<string, string>): void => {
  const at = `${action.do} ${found.size}`;
  if (action.do === 'run' || action.do === 'wait') found.set(at, action.script);
  if (action.do === 'wait' && action.why !== undefined) found.set(`${at} why`, action.why);
};

/** What can differ: nothing, all of it, and each part of what a host that has converged has. */
const changesOf = (kind: AnyKind, key: string, want: unknown, other = 'x'): readonly (readonly Change[])[] => {
  const all = new Map<string, readonly Change[]>();
  for (const have of [() => kind.read(key, want).parse(''), ...havesOf(kind, want, other)])
    try {
      const changes = kind.diff(want, have());
      all.set(JSON.stringify(changes), changes);
    } catch {
      // Not everything that is tried here is an answer that a host can give.
    }
  const each = [...all.values()];
  return [[], [changed('exists', undefined, other)], ...each, [...new Set(each.flat())]];
};

const havesOf = (kind: AnyKind, want: unknown, other: string): readonly (() => unknown)[] => {
  let ideal: unknown;
  try {
    ideal = kind.ideal(want);
  } catch {
    return [];
  }
  return leaves(ideal).map(path => () => replaced(ideal, path, other));
};

const leaves = (node: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
  node !== null && typeof node === 'object'
    ? [path, ...Object.entries(node).flatMap(([key, each]) => leaves(each, [...path, key]))]
    : [path];

const replaced = (node: unknown, path: readonly string[], other: string): unknown => {
  const [key, ...rest] = path;
  if (key !== undefined && Array.isArray(node))
    return node.map((each, n) => (String(n) === key ? replaced(each, rest, other) : each));
  if (key !== undefined) return { ...(node as Tree), [key]: replaced((node as Tree)[key], rest, other) };
  if (Array.isArray(node)) return [];
  if (typeof node === 'string') return other;
  return typeof node === 'boolean' ? !node : typeof node === 'number' ? node + 1 : undefined;
};
