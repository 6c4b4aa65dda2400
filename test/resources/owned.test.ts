/**
 * Labels and taints of a Node converge in both directions, whatever a run before left undone; what others set stays.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { object } from '../../src/resources/object.js';
import type { ObjectWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from '../golden/input.js';

type Labels = Readonly<Record<string, string>>;
const path = '/api/v1/nodes/w';
const nodeWant = (labels: Labels, taints: readonly string[]): ObjectWant => {
  const host = JSON.stringify({ name: 'w', address: '10.0.0.2', roles: ['worker'], labels, taints });
  const text =
    `name: demo\nkubernetes: 1.29.3\nhosts:\n  - {name: a, address: 10.0.0.1, roles: [controlPlane]}\n  - ` +
    `${host}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const found = cluster(inputFor(checked.value, released('1.29.3', '1.7.27'))).find(
    one => one.kind === 'object' && one.key === path,
  );
  return found?.want as ObjectWant;
};

type Tree = Record<string, unknown>;
/** RFC 7396, as the API server does it. */
const merged = (have: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Tree = typeof have === 'object' && have !== null && !Array.isArray(have) ? { ...(have as Tree) } : {};
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  return result;
};
const apply = (want: ObjectWant, body: unknown): unknown => {
  const changes = object.diff(want, { is: 'object', body: body as Tree });
  if (changes.length === 0) return body;
  return object
    .plan(path, want, changes)
    .actions.reduce((now, action) => ('body' in action ? merged(now, action.body) : now), body);
};

const labels = fc.dictionary(fc.constantFrom('disk', 'zone', 'example.com/a.b'), fc.constantFrom('x', 'y', ''));
const taints = fc.uniqueArray(fc.constantFrom('gpu=yes:NoSchedule', 'gpu=no:NoSchedule', 'old:NoExecute'), {
  selector: taint => taint.replace(/=[^:]*/, ''),
});
const file = fc.tuple(labels, taints).map(all => nodeWant(...all));
const foreign = { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' };
const born = {
  metadata: { name: 'w', labels: { 'kubernetes.io/hostname': 'w', mine: 'too' }, annotations: { other: 'kept' } },
  spec: { taints: [foreign] },
};

test('the end is that of the last file alone, over any files before it', () => {
  const shape = (body: unknown) => {
    const { metadata, spec } = body as { metadata: Tree; spec: { taints?: readonly Tree[] } };
    const set = (spec.taints ?? []).map(({ key, value, effect }) => `${key}=${value ?? ''}:${effect}`);
    return { labels: metadata.labels, taints: set.sort() };
  };
  fc.assert(
    fc.property(fc.array(file, { maxLength: 4 }), file, (before, last) => {
      const lived = apply(
        last,
        before.reduce<unknown>((body, want) => apply(want, body), born),
      );
      expect(shape(lived)).toEqual(shape(apply(last, born)));
      expect(object.diff(last, { is: 'object', body: lived as Tree })).toEqual([]);
      expect(lived).toMatchObject({ metadata: { labels: { mine: 'too' }, annotations: { other: 'kept' } } });
      expect((lived as typeof born).spec.taints).toContainEqual(foreign);
    }),
    { numRuns: 100 },
  );
});

test('a label without a value is one: a control plane that a run left without its role gets it', () => {
  const want: ObjectWant = {
    create: false,
    body: { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } },
  };
  const changed = { verb: 'create', field: 'metadata.labels["node-role.kubernetes.io/control-plane"]', to: '' };
  for (const metadata of [{}, { labels: { a: 'b' } }])
    expect(object.diff(want, { is: 'object', body: { metadata } })).toMatchObject([changed]);
});
