/** Which of upstream's tests are run, and why each of the others is not. */
import type { ConformanceTest, NotRun } from '../../model/conformance.js';

export interface Choice {
  readonly focus: readonly RegExp[];
  readonly skip: readonly RegExp[];
}

export interface Chosen {
  readonly tests: readonly ConformanceTest[];
  readonly leftOut: readonly NotRun[];
}

export const choose = (all: readonly ConformanceTest[], { focus, skip }: Choice): Chosen => {
  const why = ({ name }: ConformanceTest): string | undefined => {
    const skips = skip.find(one => one.test(name));
    if (skips) return `left out by --skip ${skips.source}`;
    return focus.length > 0 && !focus.some(one => one.test(name)) ? 'left out by --focus' : undefined;
  };
  return {
    tests: all.filter(test => why(test) === undefined),
    leftOut: all.flatMap(test => {
      const reason = why(test);
      return reason === undefined ? [] : [{ name: test.name, why: reason }];
    }),
  };
};

/** For Go's regular expressions: exactly these names, at the end of what ginkgo compares. */
export const focusOn = (tests: readonly ConformanceTest[]): string =>
  `(?:${tests.map(({ name }) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})$`;
