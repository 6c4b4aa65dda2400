/** The table of conformance tests in the lab: whose turn it is, and that nothing which was not run counts as passed. */
import { expect, test } from 'vitest';
import { conformanceExit } from '../../../src/model/conformance.js';
import { conformancePage } from '../../lab/conformance/page.js';
import { type Row, rotation } from '../../lab/conformance/row.js';

const row = (name: string, at: string, result: Row['result'], more: Partial<Row> = {}): Row => ({
  at: `2026-11-${at}T00:00:00.000Z`,
  version: '1.37.2',
  test: name,
  result,
  seconds: 3,
  of: 5,
  commit: 'abc',
  ...more,
});

test('what has not passed is played before what was never played, and that before what passed longest ago', () => {
  const rows = [
    row('new', '20', 'passed'),
    row('old', '10', 'passed'),
    row('bad', '21', 'failed'),
    row('mended', '01', 'failed'),
    row('mended', '15', 'passed'),
    row('never', '01', 'passed', { version: '1.36.3' }),
  ];
  const names = ['new', 'old', 'bad', 'mended', 'never'];
  expect(rotation(names, rows, '1.37.2', 9)).toEqual(['bad', 'never', 'old', 'mended', 'new']);
  expect(rotation(names, rows, '1.37.2', 2)).toEqual(['bad', 'never']);
});

test('the page counts the latest row of each test, and names what has not passed', () => {
  const page = conformancePage([
    row('[sig-a] a [Conformance]', '10', 'failed', { why: 'no | such *pod*\nat all' }),
    row('[sig-a] b [Conformance]', '10', 'passed'),
    row('[sig-a] c [Conformance]', '10', 'not-run', { why: 'requires 2 nodes' }),
    row('[sig-a] a [Conformance]', '11', 'passed'),
  ]);
  expect(page).toContain('**2 of 5 have passed**, 1 were played and have not, 2 were not played yet.');
  expect(page).toContain('- **not run**: \\[sig-a\\] c \\[Conformance\\]: requires 2 nodes');
  expect(page).not.toContain('such');
  expect(conformancePage([])).toContain('No run is recorded yet.');
});

test('an exit code of a run that proves nothing is never 0', () => {
  expect(conformanceExit({ failed: [], notRun: [], troubles: ['x'] })).toBe(2);
});
