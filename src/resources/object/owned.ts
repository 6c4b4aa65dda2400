/**
 * Both directions: what an earlier file set on somebody else's object and this one does not say any more goes; what
 * others set stays.
 */
import type { ObjectWant } from '../wants.js';
import { type Difference, isTree, type Path } from './subset.js';

type Tree = Readonly<Record<string, unknown>>;

/**
 * The wanted body; what it sets of shared fields is listed in annotations of the object itself, so that it is
 * remembered.
 */
export const bodyOf = (want: ObjectWant): Tree => {
  if (!want.owned) return want.body;
  const lists = want.owned.flatMap(({ field, annotation }) => {
    const names = namesIn(at(want.body, field.split('.')));
    return names.length > 0 ? [[annotation, names.join(',')] as const] : [];
  });
  if (lists.length === 0) return want.body;
  const metadata = isTree(want.body.metadata) ? want.body.metadata : {};
  const annotations = { ...(isTree(metadata.annotations) ? metadata.annotations : {}), ...Object.fromEntries(lists) };
  return { ...want.body, metadata: { ...metadata, annotations } };
};

/** `found`, and that which shall go. */
export const withUnsaid = (want: ObjectWant, have: Tree, found: readonly Difference[]): readonly Difference[] =>
  (want.owned ?? []).reduce<readonly Difference[]>((all, { field, annotation }) => {
    const wanted = new Set(namesIn(at(want.body, field.split('.'))));
    const gone = new Set(listed(have, annotation).filter(name => !wanted.has(name)));
    if (gone.size === 0) return all;
    const rest = without(gone, field.split('.'), have, all);
    const path = ['metadata', 'annotations', annotation];
    return wanted.size > 0 ? rest : [...rest, { path, from: at(have, path), to: undefined }];
  }, found);

function without(
  gone: ReadonlySet<string>,
  field: Path,
  have: Tree,
  found: readonly Difference[],
): readonly Difference[] {
  const value = at(have, field);
  if (isTree(value)) {
    const unsaid = Object.keys(value).filter(key => gone.has(key));
    return [...found, ...unsaid.map(key => ({ path: [...field, key], from: value[key], to: undefined }))];
  }
  if (!Array.isArray(value)) return found;
  // A merge patch replaces lists: what is added and what goes is one new list.
  const planned = found.find(({ path }) => path.join('.') === field.join('.'));
  const next: readonly unknown[] = planned && Array.isArray(planned.to) ? planned.to : value;
  const to = next.filter(entry => !gone.has(nameOf(entry)));
  return to.length === next.length
    ? found
    : [...found.filter(one => one !== planned), { path: field, from: value, to }];
}

const listed = (have: Tree, annotation: string): readonly string[] => {
  const text = at(have, ['metadata', 'annotations', annotation]);
  return typeof text === 'string' ? text.split(',').filter(Boolean) : [];
};

const namesIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(nameOf) : isTree(value) ? Object.keys(value) : [];

/** A taint is known by its key and effect: `gpu:NoSchedule`. */
const nameOf = (entry: unknown): string =>
  isTree(entry) ? `${String(entry.key)}:${String(entry.effect)}` : String(entry);

const at = (tree: unknown, [key, ...rest]: Path): unknown =>
  key === undefined ? tree : isTree(tree) ? at(tree[key], rest) : undefined;
