import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromField, toField } from '../../src/resources/object/field.js';
import { object } from '../../src/resources/object.js';
import type { ObjectWant } from '../../src/resources/wants.js';

const path = '/apis/apps/v1/namespaces/kube-system/deployments/dns';
const seen = (want: ObjectWant, body: unknown) =>
  object.diff(want, object.read(path, want).parse(JSON.stringify({ status: 200, body })));
const wanting = (body: Record<string, unknown>, more: Partial<ObjectWant> = {}): ObjectWant => ({
  body,
  create: true,
  ...more,
});
const patched = (want: ObjectWant, body: unknown) => object.plan(path, want, seen(want, body)).actions;

describe('what counts as a change', () => {
  test.each([
    [
      'a field that the server filled in',
      { spec: { replicas: 2 } },
      { spec: { replicas: 2, strategy: { type: 'RollingUpdate' } }, status: {} },
    ],
    [
      'a quantity spelled otherwise',
      { cpu: '100m', memory: '1Gi', pods: 110 },
      { cpu: '0.1', memory: '1024Mi', pods: '110' },
    ],
    ['an empty value left out', { data: {}, tolerations: [], hostNetwork: false }, {}],
    [
      'defaults within a list',
      { c: [{ name: 'dns', ports: [{ containerPort: 53, protocol: 'UDP' }] }] },
      { c: [{ name: 'x' }, { name: 'dns', ports: [{ containerPort: 53, protocol: 'UDP', name: 'd' }], tty: true }] },
    ],
  ])('not %s', (_, want, have) => expect(seen(wanting(want), have)).toEqual([]));

  test.each([
    ['a value', { spec: { replicas: 2 } }, { spec: { replicas: 3 } }, { spec: { replicas: 2 } }],
    ['an order of words', { args: ['a', 'b'] }, { args: ['b', 'a'] }, { args: ['a', 'b'] }],
    [
      'a label with dots',
      { metadata: { labels: { 'a.b/c': 'x' } } },
      { metadata: { labels: { d: 'y' } } },
      { metadata: { labels: { 'a.b/c': 'x' } } },
    ],
    [
      'one taint among others',
      { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } },
      { spec: { taints: [{ key: 'o', effect: 'NoExecute' }] } },
      {
        spec: {
          taints: [
            { key: 'o', effect: 'NoExecute' },
            { key: 'k', effect: 'NoSchedule' },
          ],
        },
      },
    ],
    [
      'one container’s image, its defaults kept',
      { c: [{ name: 'dns', image: '2' }] },
      { c: [{ name: 'x' }, { name: 'dns', image: '1', tty: true }] },
      { c: [{ name: 'x' }, { name: 'dns', image: '2', tty: true }] },
    ],
  ])('%s: a merge patch of that alone', (_, want, have, body) =>
    expect(patched(wanting(want), have)).toEqual([
      { do: 'call', method: 'PATCH', path, body, contentType: 'application/merge-patch+json' },
    ]),
  );

  test('under an exact path others’ entries go: as null in a map, left out in a list', () => {
    const want = wanting({ data: { a: '1' }, rules: [{ verbs: ['get'] }] }, { exact: ['data', 'rules'] });
    expect(patched(want, { data: { a: '1', b: '2' }, rules: [{ verbs: ['get'] }, { verbs: ['*'] }] })).toMatchObject([
      { body: { data: { b: null }, rules: [{ verbs: ['get'] }] } },
    ]);
    expect(seen(want, { data: { a: '1' }, rules: [{ verbs: ['get'], apiGroups: [''] }] })).toEqual([]);
    // Endpoints with one address more were taken for the wanted ones.
    const subsets = [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 6443 }] }];
    expect(
      patched(wanting({ subsets }, { exact: ['subsets'] }), {
        subsets: [{ addresses: [{ ip: '192.0.2.1' }, { ip: '192.0.2.99' }], ports: [{ port: 6443, protocol: 'TCP' }] }],
      }),
    ).toMatchObject([{ body: { subsets } }]);
  });
});

test('absent: posted to its collection, unless it is somebody else’s; unwanted: deleted', () => {
  const nothing = object.read(path, wanting({})).parse('{"status":404,"body":{}}');
  const want = wanting({ kind: 'Deployment' });
  expect(object.plan(path, want, object.diff(want, nothing)).actions).toMatchObject([
    { method: 'POST', path: '/apis/apps/v1/namespaces/kube-system/deployments' },
  ]);
  const node = wanting({ kind: 'Node' }, { create: false });
  expect(object.plan('/api/v1/nodes/a', node, object.diff(node, nothing)).actions).toMatchObject([
    { do: 'await', path: '/api/v1/nodes/a' },
    { method: 'PATCH', path: '/api/v1/nodes/a' },
  ]);
  const gone = object.undo?.(path, want) as ObjectWant;
  expect(object.plan(path, gone, seen(gone, {})).actions).toMatchObject([
    { do: 'call', method: 'DELETE', path },
    { do: 'await', path, gone: true },
  ]);
  expect(object.diff(gone, nothing)).toEqual([]);
  expect(object.undo?.('/api/v1/nodes/a', node)).toBeUndefined();
});

test('what the server refuses to change is made anew', () => {
  const want = wanting({ kind: 'ClusterRoleBinding', roleRef: { name: 'a' } });
  expect(patched(want, { kind: 'ClusterRoleBinding', roleRef: { name: 'b' } })).toMatchObject([
    { method: 'DELETE' },
    { method: 'POST' },
  ]);
});

test('a Secret’s values are in no change', () => {
  const want = wanting({ kind: 'Secret', stringData: { token: 'planted' } });
  const changes = [
    ...seen(want, { kind: 'Secret', data: { token: 'cGxhbnRlZDE=' } }),
    ...object.diff(want, { is: 'absent' }),
  ];
  expect(changes).toHaveLength(2);
  expect(JSON.stringify(changes)).not.toMatch(/planted|cGxhbnRlZ/);
  expect(seen(want, { kind: 'Secret', data: { token: 'cGxhbnRlZA==' } })).toEqual([]);
});

test('a field’s name leads back to its place', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), keys => {
      expect(fromField(toField(keys))).toEqual(keys);
    }),
  );
});

test('L2: a merge patch applied to what was there is what was wanted', () => {
  const value = fc.letrec(tie => ({
    tree: fc.dictionary(
      fc.constantFrom('a', 'b', 'c.d'),
      fc.oneof(
        fc.constantFrom('x', 'y', 'z'),
        tie('tree'),
        fc
          .array(fc.record({ name: fc.constantFrom('p', 'q'), v: fc.constantFrom('1', '2') }), { maxLength: 2 })
          .filter(list => new Set(list.map(one => one.name)).size === list.length),
      ),
      { maxKeys: 3 },
    ),
  })).tree as fc.Arbitrary<Record<string, unknown>>;
  fc.assert(
    fc.property(value, value, (body, have) => {
      const want = wanting(body);
      const changes = seen(want, have);
      const after =
        changes.length === 0
          ? have
          : (object.plan(path, want, changes).actions as readonly { body: unknown }[]).reduce<unknown>(
              (now, { body: patch }) => merged(now, patch),
              have,
            );
      expect(seen(want, after)).toEqual([]);
    }),
  );
});

/** RFC 7396, section 2. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
