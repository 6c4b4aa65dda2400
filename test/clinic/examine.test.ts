import { expect, test } from 'vitest';
import { defineCase, type Case, type FactsByVariant } from '../../src/clinic/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { exitOf, flat } from '../../src/clinic/examine/report.js';
import type { Finding, Verdict } from '../../src/clinic/examine/verdict.js';
import { cases } from '../../src/clinic/cases/index.js';
import { baseChart } from './fixture.js';

const finding = (variant: string, host: string, subject = 'x'): Finding => ({
  variant,
  host,
  subject: { path: subject },
  facts: {},
  says: `${variant} on ${host}`,
  shows: [{ host, source: 's', at: 'now', text: 't' }],
});

const sentence = (means: string) => ({
  means,
  says: ({ host }: { readonly host: string }) => `${means} on ${host}`,
  shows: () => [],
});

const made = (id: string, verdict: Verdict | (() => Verdict), more: Partial<Case> = {}): Case =>
  defineCase<FactsByVariant>({
    id,
    precedence: 0,
    title: id,
    variants: { a: sentence('a'), b: sentence('b') },
    symptoms: [],
    explains: [],
    lab: true,
    sources: [],
    diagnose: () => (typeof verdict === 'function' ? verdict() : verdict),
    therapy: () => ({ refused: 'no', advice: ['by hand'] }),
    verify: () => [],
    ...more,
  });

const sick = (...findings: readonly Finding[]): Verdict => ({ verdict: 'sick', findings });
const five = baseChart('five');
const tree = (report: ReturnType<typeof examine>) =>
  report.causes.map(function draw(one): unknown {
    return one.consequences.length > 0
      ? [`${one.case}/${one.variant}`, one.consequences.map(draw)]
      : `${one.case}/${one.variant}`;
  });

test('ten consequences hang below the one cause, over whatever stands between', () => {
  const report = examine(five, [
    made('late', sick(finding('a', 'kw-1'))),
    made('middle', sick(finding('a', 'kw-1')), { explains: ['late'] }),
    made('cause', sick(finding('b', 'kw-1')), { explains: ['middle'] }),
  ]);
  expect(tree(report)).toEqual([['cause/b', [['middle/a', ['late/a']]]]]);
  expect(exitOf(report)).toBe(2);
});

test('two faults that do not explain each other both lead; an effect on another worker is not claimed', () => {
  const report = examine(five, [
    made('cause', sick(finding('a', 'kw-4')), { explains: ['effect'] }),
    made('effect', sick(finding('a', 'kw-4'), finding('a', 'kw-5'))),
    made('other', sick(finding('b', 'kw-2'))),
  ]);
  expect(tree(report)).toEqual([['cause/a', ['effect/a']], 'effect/a', 'other/b']);
  expect(report.causes[1]?.findings.map(one => one.host)).toEqual(['kw-5']);
});

test('a fault on a control plane explains what it does to workers', () => {
  expect(
    tree(
      examine(five, [
        made('cause', sick(finding('a', 'kw-1')), { explains: ['effect/b'] }),
        made('effect', sick(finding('a', 'kw-5'), finding('b', 'kw-5'))),
      ]),
    ),
  ).toEqual([['cause/a', ['effect/b']], 'effect/a']);
});

test('of two that explain each other the first in the table leads, and nothing is lost', () => {
  const report = examine(five, [
    made('hen', sick(finding('a', 'kw-1')), { explains: ['egg'] }),
    made('egg', sick(finding('a', 'kw-1')), { explains: ['hen'] }),
  ]);
  expect(tree(report)).toEqual([['hen/a', ['egg/a']]]);
  expect(flat(report.causes)).toHaveLength(2);
});

test('a case that throws is unknown with its message, and the others go on', () => {
  const report = examine(five, [
    made('broken', () => {
      throw new Error('oops');
    }),
    made('fine', { verdict: 'healthy' }),
  ]);
  expect(report.unknown[0]?.missing[0]?.why).toContain('oops');
  expect(report.refuted.map(one => one.case)).toEqual(['fine']);
  expect(exitOf(report)).toBe(3);
});

test('a case of another version is not applicable', () => {
  const report = examine(five, [
    made('new', sick(finding('a', 'kw-1')), { versions: '>=1.35' }),
    made('old', sick(finding('a', 'kw-1')), { versions: '<1.24' }),
  ]);
  expect(report.notApplicable.map(one => one.case)).toEqual(['new']);
  expect(report.causes.map(one => one.case)).toEqual(['old']);
});

test.each(['five', 'kubeadm'] as const)('the whole registry finds nothing ill in the healthy base %s', base => {
  const report = examine(baseChart(base), cases);
  expect(report.causes.map(one => [one.case, one.findings.map(each => each.says)])).toEqual([]);
});

test('a thousand hosts are examined in seconds', () => {
  const five5 = baseChart('five');
  const worker = five5.hosts.get('kw-5');
  if (!worker) throw new Error('the base chart lost kw-5');
  const many = new Map(five5.hosts);
  for (let n = 6; n <= 1000; n++)
    many.set(`kw-${n}`, { ...worker, name: `kw-${n}`, address: `192.0.${2 + Math.floor(n / 250)}.${n % 250}` });
  const chart: Chart = { ...five5, hosts: many };
  const from = process.cpuUsage();
  const report = examine(chart, cases);
  const { user, system } = process.cpuUsage(from);
  expect(report.refuted.length + report.unknown.length + report.causes.length).toBeGreaterThan(0);
  // What grows with the square would take minutes. How fast it is, bench/examine says.
  expect((user + system) / 1e6, 'seconds of CPU').toBeLessThan(30);
});
