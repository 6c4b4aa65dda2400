/** One line of the table of conformance tests, and which tests a run plays next. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TestResult } from '../../../src/model/conformance.js';

export interface Row {
  readonly at: string;
  /** Of Kubernetes. */
  readonly version: string;
  readonly test: string;
  readonly result: TestResult;
  readonly seconds: number;
  readonly why?: string;
  /** Tests in upstream's list of this version. */
  readonly of: number;
  /** Short hash of the commit of the program; `+`: of a tree that was not clean. */
  readonly commit: string;
}

export const readRows = async (file: string): Promise<readonly Row[]> =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Row);

/** The latest row of each test of a version. */
export const latest = (rows: readonly Row[], version: string): ReadonlyMap<string, Row> =>
  new Map(rows.filter(row => row.version === version).map(row => [row.test, row]));

/** Those that have not passed yet. */
export const due = (tests: readonly string[], rows: readonly Row[], version: string): readonly string[] => {
  const known = latest(rows, version);
  return tests.filter(test => known.get(test)?.result !== 'passed');
};

/** Those that have not passed or were never played, then those whose last row is the oldest, in an order of no meaning. */
export const rotation = (
  tests: readonly string[],
  rows: readonly Row[],
  version: string,
  amount: number,
): readonly string[] => {
  const known = latest(rows, version);
  const age = (test: string): string => {
    const row = known.get(test);
    return row === undefined ? '1' : row.result === 'passed' ? `2${row.at}` : '0';
  };
  const place = (test: string): string => createHash('sha256').update(test).digest('hex');
  return tests
    .map(test => ({ test, key: `${age(test)} ${place(test)}` }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .slice(0, amount)
    .map(one => one.test);
};
