/** What upstream's conformance tests are to Kubewizard: names, results, and why one was not run. */

export type TestResult = 'passed' | 'failed' | 'not-run';

export interface ConformanceTest {
  /** As upstream's own lists have it. */
  readonly name: string;
  /** It bears no other test beside it. */
  readonly serial: boolean;
}

export interface NotRun {
  readonly name: string;
  readonly why: string;
}

export interface TestOutcome {
  readonly name: string;
  readonly result: TestResult;
  readonly seconds: number;
  /** Of what failed or was not run. */
  readonly why?: string;
}

export type ConformanceEvent =
  /** Nothing has been run yet; `seconds` is an estimate. */
  | {
      readonly type: 'conformance-started';
      /** Of `e2e.test`, without a leading v. */
      readonly version: string;
      readonly tests: number;
      /** Of these. */
      readonly serial: number;
      /** By the choice of the person. */
      readonly leftOut: number;
      /** Tests side by side. */
      readonly parallel: number;
      readonly seconds: number;
      readonly folder: string;
    }
  /** `left`: an estimate of the seconds that all others take. */
  | ({
      readonly type: 'conformance-test';
      readonly done: number;
      readonly of: number;
      readonly left: number;
    } & TestOutcome)
  | {
      readonly type: 'conformance-ended';
      /** All that were chosen have passed, and nothing of them is left. */
      readonly ok: boolean;
      readonly passed: number;
      readonly failed: readonly string[];
      /** Chosen, and not run. */
      readonly notRun: readonly NotRun[];
      readonly leftOut: number;
      /** What went wrong beside the tests. */
      readonly troubles: readonly string[];
      readonly seconds: number;
      readonly folder: string;
    };

/** 2: a test failed, or what is around the tests; 3: neither, but some of those that were chosen have not been run. */
export const conformanceExit = ({
  failed,
  notRun,
  troubles,
}: Pick<Extract<ConformanceEvent, { type: 'conformance-ended' }>, 'failed' | 'notRun' | 'troubles'>): number =>
  failed.length + troubles.length > 0 ? 2 : notRun.length > 0 ? 3 : 0;
