/** The reader of the lab's estimates. */
import { expect, test } from 'vitest';
import { estimated } from '../lab/estimates.js';

const text = (said: string, took: string): string =>
  `1 of 2 resources would change on 1 host, risk: none, ${said}\n[ 0.1 s] kw-1 done\ndone: 1 step on 1 host in ${took}\n`;

test.each([
  ['about 20 s', '40.0 s', 20, 40, 2],
  ['about 3 min 20 s: 3 API servers, one after another, each drains for up to 64 s', '1:40', 200, 100, 2],
  ['about 12 min', '1:00:00', 720, 3600, 5],
])('%s, and %s', (said, took, seconds, real, factor) => {
  expect(estimated(text(said, took))).toEqual({ said: seconds, took: real, factor });
});

test('nothing is compared with a run that failed, or without a plan', () => {
  expect(estimated(text('about 20 s', '').replace('done:', 'not done:'))).toBeUndefined();
  expect(estimated('nothing to do\n')).toBeUndefined();
});
