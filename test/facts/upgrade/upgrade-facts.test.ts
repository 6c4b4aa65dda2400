import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { helmReleases } from '../../../src/facts/upgrade/helm.js';
import { pods, quantity } from '../../../src/facts/upgrade/pods.js';
import { requested } from '../../../src/facts/upgrade/requested.js';
import { selects } from '../../../src/facts/upgrade/budgets.js';

const page = (...items: readonly unknown[]) => JSON.stringify({ status: 200, body: { items } });

test.each([
  ['100m', 0.1],
  ['2', 2],
  ['1Gi', 2 ** 30],
  ['1.5Mi', 1.5 * 2 ** 20],
  ['1e3', 1000],
  ['12E', 12e18],
  [3, 3],
] as const)('%s is %d', (text, value) => expect(quantity(text)).toBeCloseTo(value));

test.each(['', 'much', '1Gb', '--1', '1 Gi', '1e'])('%j is no quantity', text =>
  expect(() => quantity(text)).toThrow(),
);

test('a pod asks for the sum of its containers, or for its largest init container', () => {
  const asks = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });
  const [one] = pods.parse(
    page({
      metadata: { name: 'web', namespace: 'shop', ownerReferences: [{ kind: 'ReplicaSet', controller: true }] },
      spec: {
        nodeName: 'kw-4',
        containers: [asks('100m', '64Mi'), asks('200m', '64Mi')],
        initContainers: [asks('1', '32Mi')],
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', persistentVolumeClaim: { claimName: 'data' } },
        ],
      },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    }),
  );
  expect(one).toMatchObject({
    owner: 'ReplicaSet',
    ready: true,
    requests: { cpu: 1000, memory: 128 * 2 ** 20 },
    volumes: ['emptyDir', 'claim:data'],
  });
});

test('a pod of another form makes the page unreadable', () => {
  expect(() => pods.parse(page({ metadata: { name: 'web' }, spec: { containers: 7 } }))).toThrow(
    /nobody here can read/,
  );
  expect(() => pods.parse('<html>')).toThrow(/not an answer/);
});

const record = (release: string, type = 'helm.sh/release.v1') =>
  helmReleases.parse(
    page({
      metadata: { name: 'sh.helm.release.v1.web.v1', namespace: 'shop', labels: { name: 'web' } },
      type,
      data: { release },
    }),
  );
const packed = (value: unknown) => Buffer.from(gzipSync(JSON.stringify(value)).toString('base64')).toString('base64');

test('a Helm release: what its manifest holds, also where values would break a YAML reader', () => {
  const manifest =
    '---\n# Source: web/ingress.yaml\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata:\n  name: "front"\n' +
    '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    a: b\n  name: odd\ndata:\n  x: {{ broken\n---\n';
  expect(record(packed({ manifest }))[0]?.objects).toEqual([
    { apiVersion: 'extensions/v1beta1', kind: 'Ingress', name: 'front' },
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'odd' },
  ]);
});

test('a record that cannot be unpacked is there, and not known; a bomb is not unpacked', () => {
  for (const text of ['', '%%%', packed({ other: 1 }), packed({ manifest: 'x'.repeat(40 * 1024 * 1024) })])
    expect(record(text)).toEqual([{ name: 'web', namespace: 'shop' }]);
  expect(record(packed({ manifest: '' }), 'Opaque')).toEqual([]);
});

test('the metric, as a server writes it', () => {
  const body = [
    '# TYPE apiserver_requested_deprecated_apis gauge',
    'apiserver_requested_deprecated_apis{group="batch",removed_release="1.25",resource="cronjobs",subresource="",version="v1beta1"} 1',
    'apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="x",subresource="",version="v1"} 0',
    'apiserver_requested_deprecated_apis{group="a\\"b",resource="y z"} 1',
  ].join('\n');
  expect(requested.parse(JSON.stringify({ status: 200, body }))).toEqual([
    { group: 'batch', version: 'v1beta1', resource: 'cronjobs', removedRelease: '1.25' },
  ]);
  expect(() => requested.parse(JSON.stringify({ status: 403, body: {} }))).toThrow(/403/);
});

test.each([
  [{ key: 'tier', operator: 'In', values: ['a'] }, true],
  [{ key: 'tier', operator: 'NotIn', values: ['a'] }, false],
  [{ key: 'tier', operator: 'Exists', values: [] }, true],
  [{ key: 'none', operator: 'DoesNotExist', values: [] }, true],
  [{ key: 'none', operator: 'NotIn', values: ['a'] }, true],
] as const)('%j', (one, expected) =>
  expect(selects({ matchLabels: { app: 'web' }, matchExpressions: [one] }, { app: 'web', tier: 'a' })).toBe(expected),
);
