/** What of a wanted object is not so: the wanted fields only, since the API server fills in many others. */
import { same } from './same.js';

export type Path = readonly string[];
/** `to` is complete for its path: of a list, what it shall be with the entries of others still in it. */
export interface Difference {
  readonly path: Path;
  readonly from: unknown;
  readonly to: unknown;
}

type Tree = Readonly<Record<string, unknown>>;

/** [] when `have` holds all of `want`, and under the `exact` paths (dot notation) nothing else. */
export const differences = (want: Tree, have: Tree, exact: readonly string[]): readonly Difference[] =>
  inTree(want, have, [], new Set(exact));

function inTree(want: Tree, have: Tree, path: Path, exact: ReadonlySet<string>): Difference[] {
  const missing = Object.entries(want).flatMap(([key, value]) =>
    isMap(path) && value !== undefined && have[key] === undefined
      ? [{ path: [...path, key], from: undefined, to: value }]
      : inValue(value, have[key], [...path, key], exact),
  );
  const extra = exact.has(path.join('.')) ? Object.keys(have).filter(key => want[key] === undefined) : [];
  return [...missing, ...extra.map(key => ({ path: [...path, key], from: have[key], to: undefined }))];
}

/** Of these the server drops no entry because it is empty: a role's label is a key without a value. */
const isMap = (path: Path): boolean =>
  /^(labels|annotations|matchLabels|nodeSelector|data|binaryData)$/.test(path.at(-1) ?? '');

function inValue(want: unknown, have: unknown, path: Path, exact: ReadonlySet<string>): Difference[] {
  if (want === undefined) return [];
  if (isTree(want) && isTree(have)) return inTree(want, have, path, exact);
  if (isTree(want) && isMap(path) && (have === undefined || have === null)) return inTree(want, {}, path, exact);
  if (Array.isArray(want) && Array.isArray(have)) return inList(want, have, path, exact);
  return same(want, have) ? [] : [{ path, from: have, to: want }];
}

function inList(
  want: readonly unknown[],
  have: readonly unknown[],
  path: Path,
  exact: ReadonlySet<string>,
): Difference[] {
  const only = exact.has(path.join('.')) || !want.every(isTree);
  if (only) {
    const equal = want.length === have.length && want.every((entry, at) => holdsWhole(entry, have[at]));
    return equal ? [] : [{ path, from: have, to: want }];
  }
  const merged = merge(want as readonly Tree[], have);
  return merged === have ? [] : [{ path, from: have, to: merged }];
}

/** The wanted entries put into the list that is there; the very same list if all of them are there already. */
function merge(want: readonly Tree[], have: readonly unknown[]): readonly unknown[] {
  const result = [...have];
  for (const entry of want) {
    if (result.some(one => holds(entry, one))) continue;
    const at = result.findIndex(one => isTree(one) && isSameEntry(entry, one));
    if (at < 0) result.push(entry);
    else result[at] = overlay(entry, result[at] as Tree);
  }
  return want.every(entry => have.some(one => holds(entry, one))) ? have : result;
}

/** All lists below an exact one are exact too: endpoints with one address more are other endpoints. */
const holdsWhole = (want: unknown, have: unknown): boolean =>
  isTree(want) && isTree(have)
    ? Object.entries(want).every(([key, value]) => value === undefined || holdsWhole(value, have[key]))
    : Array.isArray(want) && Array.isArray(have)
      ? want.length === have.length && want.every((entry, at) => holdsWhole(entry, have[at]))
      : same(want, have);

const holds = (want: unknown, have: unknown): boolean => inValue(want, have, [], new Set()).length === 0;

/**
 * The merge keys of Kubernetes' own lists: containers, volumes, ports, mounts, taints, tolerations, addresses, host
 * aliases.
 */
const keys: readonly Path[] = [
  ['name'],
  ['mountPath'],
  ['containerPort', 'protocol'],
  ['port', 'protocol'],
  ['key', 'effect'],
  ['type'],
  ['uid'],
  ['ip'],
];

function isSameEntry(want: Tree, have: Tree): boolean {
  const key = keys.find(([first]) => want[first as string] !== undefined);
  return key?.every(field => want[field] === undefined || same(want[field], have[field])) ?? false;
}

function overlay(want: Tree, have: Tree): Tree {
  const result: Record<string, unknown> = { ...have };
  for (const [key, value] of Object.entries(want)) result[key] = laid(value, have[key]);
  return result;
}

const laid = (value: unknown, old: unknown): unknown =>
  isTree(value) && isTree(old)
    ? overlay(value, old)
    : Array.isArray(value) && Array.isArray(old) && value.every(isTree)
      ? merge(value, old)
      : value;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
