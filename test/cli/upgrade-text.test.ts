import { expect, test } from 'vitest';
import type { UpgradeReport } from '../../src/preflight/upgrade/judge.js';
import { upgradeText } from '../../src/cli/view/upgrade.js';

const report: UpgradeReport = {
  cluster: 'prod',
  from: '1.33.13',
  to: '1.34.11',
  hops: ['1.34.11'],
  verdict: 'bites',
  findings: [
    {
      rule: 'api-removed',
      severity: 'warning',
      into: '1.34',
      hits: Array.from(
        { length: 8 },
        (_, n) => ({ what: 'object', name: `Pod a/p${n}\u001b[31m`, detail: 'x' }) as const,
      ),
      why: 'Why it is.',
      next: 'Do this.',
    },
    { rule: 'end-of-life', severity: 'note', hits: [{ what: 'cluster', name: '1.33.13' }], why: 'Old.', next: 'Go.' },
  ],
  missing: [],
};

test('the worst first, what it hits, the next act; what a cluster says is escaped; notes on demand', () => {
  const text = upgradeText(report, { colors: false });
  expect(text).toBe(
    [
      'prod: 1.33.13 → 1.34.11: 0 blockers, 1 warning',
      '',
      'warning  api-removed (1.34): Why it is.',
      ...Array.from({ length: 6 }, (_, n) => `    Pod a/p${n}\\x1b[31m: x`),
      '    and 2 more (--verbose)',
      '  → Do this.',
      '',
      '1 thing to know (--verbose): end-of-life',
      '',
    ].join('\n'),
  );
  expect(upgradeText(report, { colors: false, verbose: true })).toMatch(/p7[\s\S]*note {2}end-of-life: Old\./);
});

test('of a cluster that runs the version already it is not said that the way there is harmless', () => {
  const newest: UpgradeReport = { ...report, from: '1.37.2', to: '1.37.2', hops: [], verdict: 'clear', findings: [] };
  expect(upgradeText(newest, { colors: false })).toBe('prod: 1.37.2 runs already\n');
  const next = { ...newest, from: '1.36.4', hops: ['1.37.2'] };
  expect(upgradeText(next, { colors: false })).toBe('prod: 1.36.4 → 1.37.2: nothing will bite\n');
});
