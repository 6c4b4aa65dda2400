/** Healthy clusters in the files of their builders: read as they were meant, and nobody is accused of anything. */
import { describe, expect, test } from 'vitest';
import { cases } from '../../../src/clinic/cases/index.js';
import { examine } from '../../../src/clinic/examine/examine.js';
import { flat, type Report } from '../../../src/clinic/examine/report.js';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { readKubeconfig } from '../../../src/pki/read-kubeconfig.js';
import { builderOf, builders } from './builder.js';
import { ills } from './ill.js';
import { chartOf } from './lay.js';
import { checkReads } from './reads.js';
import { byItsApi, k3sOverSqlite, talos, withObjects } from './whole.js';

const accused = (report: Report): readonly string[] => [
  ...new Set(flat(report.causes).map(({ case: id, findings }) => `${id}/${findings[0]?.variant}`)),
];
const unseen = (report: Report): readonly string[] => report.unknown.map(one => one.case).sort();
const bugs = (report: Report): readonly string[] =>
  report.unknown.flatMap(one => one.missing.flatMap(({ why }) => (why.includes('a bug of kw') ? [why] : [])));

describe.each(builders.map(one => [one.builder, one] as const))('%s', (_, builder) => {
  const chart = chartOf(builder);
  const report = examine(chart, cases);

  test('is read as it was meant', () => {
    expect(checkReads(builder, chart)).toEqual([]);
  });

  test('nobody is accused, and what is not seen is said', () => {
    expect(accused(report)).toEqual(builder.advice ?? []);
    expect(report.unexplained ?? []).toEqual([]);
    if (builder.judged) expect(report.refuted.map(one => one.case).sort()).toEqual([...builder.judged].sort());
    else expect(unseen(report)).toEqual([...(builder.unseen ?? [])].sort());
    expect(bugs(report)).toEqual([]);
    // Advice is no illness; where hosts hide something, the verdict does not call them healthy.
    const expected = builder.advice ? 'ill' : (builder.unseen ?? builder.judged) ? 'unseen' : 'healthy';
    expect(report.verdict).toBe(expected);
  });

  test('its kubeconfigs have no mistake', () => {
    for (const kind of [builder.control, builder.worker])
      for (const [path, text] of Object.entries(kind.kubeconfigs ?? {}))
        expect(readKubeconfig(text, path).problems, path).toEqual([]);
  });
});

test.each(ills.map(one => [one.builder, one.says, one] as const))('%s, %s: it is named', (_, __, { chart, named }) => {
  expect(flat(examine(chart(), cases).causes).map(one => one.case)).toContain(named);
});

test('each builder has an illness of its own', () => {
  expect(new Set(ills.map(one => one.builder))).toEqual(new Set(builders.map(one => one.builder)));
});

const hook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'policy' },
  webhooks: [
    {
      name: 'validate.policy.svc',
      failurePolicy: 'Fail',
      clientConfig: { service: { name: 'policy-svc', namespace: 'policy' } },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['pods'], operations: ['CREATE'] }],
    },
  ],
};
const hooked = (chart: Chart): Chart =>
  withObjects(chart, 'validatingwebhookconfigurations.admissionregistration.k8s.io', old => [...old, hook]);
const notReady = (chart: Chart): Chart =>
  withObjects(chart, 'nodes', old =>
    old.map((one, at) =>
      at === 1
        ? {
            ...one,
            status: { ...one.status, conditions: [{ type: 'Ready', status: 'False', reason: 'KubeletNotReady' }] },
          }
        : one,
    ),
  );

describe.each([
  ['k3s over SQLite', k3sOverSqlite],
  ['k3s by its API', () => byItsApi(chartOf(builderOf('k3s')))],
  ['Talos', talos],
  ['k0s by its API', () => byItsApi(chartOf(builderOf('k0s')))],
  ['MicroK8s by its API', () => byItsApi(chartOf(builderOf('MicroK8s')))],
])('%s', (_, chart) => {
  const report = examine(chart(), cases);

  test('has no finding; what was not seen is said, with its reason, and the rest is judged', () => {
    expect(accused(report)).toEqual([]);
    expect(report.unexplained ?? []).toEqual([]);
    expect(report.verdict).toBe('unseen');
    expect(bugs(report)).toEqual([]);
    for (const { missing } of report.unknown) for (const { why } of missing) expect(why).not.toBe('');
    expect(report.refuted.length).toBeGreaterThanOrEqual(6);
    // Of what one process holds, and of hosts that nobody asked, nothing is called sound.
    const judged = report.refuted.map(one => one.case);
    for (const hidden of ['pem-unreadable', 'leaf-certificate-expired', 'front-proxy', 'swap-on'])
      expect(judged).not.toContain(hidden);
  });

  test('a webhook without its Service is named, and a node that is not ready is never passed over', () => {
    expect(accused(examine(hooked(chart()), cases))).toContain('webhook-deadlock/service-absent');
    const says = examine(notReady(chart()), cases).unexplained?.map(one => one.says) ?? [];
    expect(says.some(one => one.includes('node kw-2: Ready is False'))).toBe(true);
  });
});
