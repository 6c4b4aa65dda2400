import { object as factOf, type ObjectState } from '../facts/object.js';
import { type Action, type Change, changed, type Remedy, removed } from '../model/resource.js';
import { defineKind } from './kind.js';
import { fromField, toField } from './object/field.js';
import { bodyOf, withUnsaid } from './object/owned.js';
import { differences } from './object/subset.js';
import type { ObjectWant } from './wants.js';

/** An object of the Kubernetes API with at least these fields, or none. */
export const object = defineKind<'object', ObjectWant, ObjectState>({
  kind: 'object',
  whole: 'object',
  named: path => [decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))],
  read: path => factOf(path),

  diff(want, have) {
    if (want.absent)
      return have.is === 'absent'
        ? []
        : [removed('object', have.is === 'object' ? 'present' : `unseen (status ${have.status})`)];
    if (have.is !== 'object') return [changed('object', undefined, shown(want, [], want.body))];
    const found = differences(readable(bodyOf(want)), have.body, want.exact ?? []);
    return withUnsaid(want, have.body, found).map(({ path, from, to }) =>
      changed(toField(path), shown(want, path, from), shown(want, path, to)),
    );
  },

  plan(path, want, changes) {
    if (want.absent) return { actions: [{ do: 'call', method: 'DELETE', path }, disappear(path)], risk: 'none' };
    if (changes.some(change => change.field === 'object'))
      return want.create
        ? call(create(path, want))
        : { actions: [appear(path), patch(path, bodyOf(want))], risk: 'none' };
    if (!changes.some(change => isImmutable(want, change)))
      return call(patch(path, isMasked(want) ? want.body : tree(changes)));
    return {
      actions: [{ do: 'call', method: 'DELETE', path }, create(path, want)],
      risk: want.body.kind === 'Service' ? 'downtime' : 'restart',
    };
  },

  rollback: () => ({ by: 'object' }),
  ideal: want => (want.absent ? { is: 'absent' } : { is: 'object', body: readable(bodyOf(want)) }),
  undo: (_, want) => (want.absent || !want.create ? undefined : { ...want, absent: true }),
});

const call = (action: Action): Remedy => ({ actions: [action], risk: 'none' });

const create = (path: string, want: ObjectWant): Action => ({
  do: 'call',
  method: 'POST',
  path: path.slice(0, path.lastIndexOf('/')),
  body: bodyOf(want),
  contentType: 'application/json',
});

/** Somebody else makes it (a kubelet its Node), which may be under way. */
const appear = (path: string): Action => ({ do: 'await', path, seconds: 120, says: `${path} to appear` });

/** A pod has half a minute to end, an object with finalizers as long as they take. */
const disappear = (path: string): Action => ({
  do: 'await',
  path,
  gone: true,
  seconds: 120,
  says: `${path} to be gone`,
});

/**
 * A merge patch (RFC 7396) of what differs and nothing else: it is the same on every version, and takes no field from
 * others.
 */
const patch = (path: string, body: unknown): Action => ({
  do: 'call',
  method: 'PATCH',
  path,
  body,
  contentType: 'application/merge-patch+json',
});

/** Nested again; a field that shall go is null, which is how a merge patch says so. */
function tree(changes: readonly Change[]): Readonly<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const { field, to } of changes) put(root, fromField(field), to ?? null);
  return root;
}

function put(at: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    at[key] = value;
    return;
  }
  const below = at[key] ?? {};
  at[key] = below;
  put(below as Record<string, unknown>, rest, value);
}

// The server refuses to change these (rbac/validation.go; core/validation.go), so the object is made anew.
const isImmutable = (want: ObjectWant, { field }: Change): boolean =>
  (/RoleBinding$/.test(String(want.body.kind)) && field.startsWith('roleRef')) ||
  (want.body.kind === 'Service' && field === 'spec.clusterIP') ||
  (/^(Deployment|DaemonSet)$/.test(String(want.body.kind)) && field.startsWith('spec.selector'));

const isMasked = (want: ObjectWant): boolean => want.body.kind === 'Secret';

/** A Secret's values are never part of a change. */
function shown(want: ObjectWant, path: readonly string[], value: unknown): unknown {
  if (!isMasked(want) || value === undefined) return value;
  if (path[0] === 'data' || path[0] === 'stringData') return '<hidden>';
  if (path.length > 0 || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'data' || key === 'stringData' ? '<hidden>' : one]),
  );
}

/** `stringData` is only ever written; it is read as base64 under `data`. */
function readable(body: ObjectWant['body']): Readonly<Record<string, unknown>> {
  const { stringData, ...rest } = body;
  if (typeof stringData !== 'object' || stringData === null) return body;
  const encoded = Object.fromEntries(
    Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')]),
  );
  return { ...rest, data: { ...(rest.data as object | undefined), ...encoded } };
}
