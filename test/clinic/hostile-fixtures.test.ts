/** Law: junk and cuts in the evidence make no case throw, and turn nothing that is healthy into an illness. */
import { subjectText } from '../../src/clinic/examine/verdict.js';
import { describe, expect, test } from 'vitest';
import { examineCase } from '../../src/clinic/examine/examine.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { Verdict } from '../../src/clinic/examine/verdict.js';
import { cases } from '../../src/clinic/cases/index.js';
import { baseChart, fixturesOf, readFixture } from './fixture.js';
import { mutations } from './mutate.js';

const verdicts = (chart: Chart): ReadonlyMap<string, Verdict> =>
  new Map(cases.map(one => [one.id, examineCase(chart, one)]));
const threw = (verdict: Verdict): string | undefined =>
  verdict.verdict === 'unknown' ? verdict.missing.find(one => one.why.includes('a bug of kw'))?.why : undefined;
const findings = (verdict: Verdict | undefined): readonly string[] =>
  verdict?.verdict === 'sick'
    ? verdict.findings.map(one => `${one.variant} ${one.host} ${subjectText(one.subject)}`)
    : [];

/** What a case says now and did not say before. */
const worse = (before: ReadonlyMap<string, Verdict>, chart: Chart): readonly string[] =>
  [...verdicts(chart)].flatMap(([id, verdict]) => {
    const bug = threw(verdict);
    const old = before.get(id);
    return [
      ...(bug === undefined ? [] : [`${id} threw: ${bug}`]),
      ...(old?.verdict === 'sick' || old?.verdict === 'unknown' ? [] : findings(verdict).map(one => `${id}: ${one}`)),
    ];
  });

describe.each(['five', 'kubeadm'] as const)('healthy %s', base => {
  const before = verdicts(baseChart(base));
  test.each(mutations)('%s', (_, mutate) => expect(worse(before, mutate(baseChart(base)))).toEqual([]));
});

const all = cases.flatMap(one => fixturesOf(one.id).map(file => [one.id, file] as const));

/** The same for a fixture whatever others there are. */
const numberOf = (name: string): number => [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);

// Each fixture with its share of the mutations: over all of them every one is played on many charts.
test.each(all)('%s/%s', async (id, file) => {
  const index = numberOf(`${id}/${file}`);
  const fixture = await readFixture(id, file);
  const before = verdicts(fixture.chart);
  for (const at of [index, index + 5, index + 11]) {
    const [name, mutate] = mutations[at % mutations.length] ?? ['', chart => chart];
    expect(worse(before, mutate(fixture.chart)), name).toEqual([]);
  }
});
