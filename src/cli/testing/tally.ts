/** What a test run counted. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const none: Tally = { passed: 0, failed: 0, skipped: 0 };
export const one = (ok: boolean): Tally => (ok ? { ...none, passed: 1 } : { ...none, failed: 1 });

export const sum = (all: readonly Tally[]): Tally =>
  all.reduce(
    (a, b) => ({
      passed: a.passed + b.passed,
      failed: a.failed + b.failed,
      skipped: a.skipped + b.skipped,
    }),
    none,
  );

/** The last line of every test run. */
export const tallyLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** Of vitest's JSON report. A run that ended badly without a failed test (a file that does not load) failed once. */
export const ofReport = (report: unknown, code: number): Tally => {
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numPendingTests = 0,
    numTodoTests = 0,
  } = report as Readonly<Record<string, number>>;
  return {
    passed: numPassedTests,
    failed: numFailedTests === 0 && code !== 0 ? 1 : numFailedTests,
    skipped: numPendingTests + numTodoTests,
  };
};
