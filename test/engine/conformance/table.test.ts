/** The table of conformance tests in the lab: whose turn it is, and that nothing which was not run counts as passed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { conformanceExit } from '../../../src/model/conformance.js';
import { conformancePage } from '../../lab/conformance/page.js';
import { recordLive } from '../../lab/conformance/play.js';
import { due, readRows, type Row, rotation } from '../../lab/conformance/row.js';

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

test('due is what has never passed, or not the last time', () => {
  const rows = [
    row('good', '01', 'failed'),
    row('good', '02', 'passed'),
    row('broken', '01', 'passed'),
    row('broken', '02', 'failed'),
    row('cut', '02', 'not-run'),
    row('other', '02', 'passed', { version: '1.36.3' }),
  ];
  expect(due(['good', 'broken', 'cut', 'other', 'never'], rows, '1.37.2')).toEqual(['broken', 'cut', 'other', 'never']);
});

test('a run that is killed has its rows up to there, and what was not begun has none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kw-rows-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'rows.jsonl');
  const event = (name: string, more: object) =>
    JSON.stringify({ type: 'conformance-test', name, seconds: 1.26, done: 1, of: 3, left: 30, ...more });
  const lines = async function* () {
    yield JSON.stringify({ type: 'note', says: 'looks for 9 images' });
    yield event('a', { result: 'passed' });
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(2);
    yield event('b', { result: 'not-run', why: 'it was interrupted while it ran' });
    throw new Error('killed');
  };
  const run = { at: '2026-11-30T00:00:00.000Z', version: '1.37.2', of: 5, commit: 'abc' };
  const said: string[] = [];
  await expect(recordLive(lines(), file, run, says => said.push(says))).rejects.toThrow('killed');
  expect(await readRows(file)).toEqual([
    { ...run, test: 'a', result: 'passed', seconds: 1.3 },
    { ...run, test: 'b', result: 'not-run', seconds: 1.3, why: 'it was interrupted while it ran' },
  ]);
  expect(said[0]).toBe('looks for 9 images');
});
