/** Clusters of other builders that are well: nobody there is accused of anything. */
import { describe, expect, test } from 'vitest';
import { cases } from '../../../src/clinic/cases/index.js';
import { examine } from '../../../src/clinic/examine/examine.js';
import { flat } from '../../../src/clinic/examine/report.js';
import { builders } from './builders.js';

describe.each(builders.map(one => [one.name, one] as const))('%s', (_, { chart }) => {
  const report = examine(chart(), cases);

  test('has no illness, and nothing unexplained', () => {
    expect(
      flat(report.causes).flatMap(one =>
        one.findings.map(finding => `${one.case}/${finding.variant}: ${finding.says}`),
      ),
    ).toEqual([]);
    expect(report.unexplained ?? []).toEqual([]);
    expect(report.verdict).toBe('healthy');
  });

  test('no case breaks on it', () => {
    expect(report.unknown.flatMap(one => one.missing.filter(({ why }) => why.includes('a bug of kw')))).toEqual([]);
  });
});
