import { basename } from 'node:path';

/** What a test run counted. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, by name, in the order played. A run's end says it again: of a long log often only the end is kept. */
  readonly red: readonly string[];
}

export const none: Tally = { passed: 0, failed: 0, skipped: 0, red: [] };
export const one = (ok: boolean, name: string): Tally =>
  ok ? { ...none, passed: 1 } : { ...none, failed: 1, red: [name] };

export const sum = (all: readonly Tally[]): Tally =>
  all.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
      red: [...a.red, ...b.red],
    }),
    none,
  );

/** The last line of every test run. */
export const tallyLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** What failed, a line each; nothing where all is green. */
export const redLines = ({ red }: Tally): string => red.map(name => `RED: ${name}\n`).join('');

interface Assertion {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[];
}

interface Report {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly Assertion[];
  }[];
}

/** Of vitest's JSON report. A run that ended badly without a failed test (a file that does not load) failed once. */
export const ofReport = (report: Report, code: number): Tally => {
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report;
  return {
    passed: numPassedTests,
    failed: numFailedTests === 0 && code !== 0 ? 1 : numFailedTests,
    skipped: numPendingTests + numTodoTests,
    red: redOf(report),
  };
};

const redOf = ({ testResults = [] }: Report): readonly string[] =>
  testResults
    .filter(file => file.status === 'failed')
    .flatMap(file => {
      const failed = file.assertionResults.filter(test => test.status === 'failed').map(withWhy);
      return failed.length > 0 ? failed.map(name => `${basename(file.name)}: ${name}`) : [basename(file.name)];
    });

/** The first line of what was thrown says what was wanted. */
const withWhy = ({ fullName, failureMessages = [] }: Assertion): string => {
  const [line = ''] = (failureMessages[0] ?? '').split('\n', 1);
  return line === '' ? fullName : `${fullName}: ${line.slice(0, 300)}`;
};
