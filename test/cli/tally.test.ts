/** What the end of a test run says: often it is all of a log that is kept. */
import { expect, test } from 'vitest';
import { ofReport, one, redLines, sum, tallyLine } from '../../src/cli/testing/tally.js';

const failed = (fullName: string) => ({ status: 'failed', fullName });

test('what failed is named again before the last line', () => {
  const units = ofReport(
    {
      numPassedTests: 2,
      numFailedTests: 1,
      numPendingTests: 1,
      testResults: [
        { name: 'test/a.test.ts', status: 'passed', assertionResults: [{ status: 'passed', fullName: 'a' }] },
        {
          name: 'test/b.test.ts',
          status: 'failed',
          assertionResults: [failed('b stands'), { ...failed('c'), status: 'passed' }],
        },
      ],
    },
    1,
  );
  const total = sum([one(true, 'types'), one(false, 'lint'), units]);
  expect(redLines(total)).toBe('RED: lint\nRED: b.test.ts: b stands\n');
  expect(tallyLine(total)).toBe('3 passed, 2 failed, 1 skipped');
});

test('why it failed stands behind its name, in one line', () => {
  const failureMessages = ['Error: 3 hosts, not 5\n    at run (x.ts:1:1)'];
  const assertionResults = [{ ...failed('counts'), failureMessages }];
  const { red } = ofReport({ testResults: [{ name: 'c.test.ts', status: 'failed', assertionResults }] }, 1);
  expect(red).toEqual(['c.test.ts: counts: Error: 3 hosts, not 5']);
});

test('a file that does not load is named by itself', () => {
  const report = {
    numPassedTests: 0,
    testResults: [{ name: 'test/x.test.ts', status: 'failed', assertionResults: [] }],
  };
  expect(ofReport(report, 1)).toEqual({ passed: 0, failed: 1, skipped: 0, red: ['x.test.ts'] });
});

test('a run without anything red names nothing', () => {
  expect(redLines(sum([one(true, 'types')]))).toBe('');
});
