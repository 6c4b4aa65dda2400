/** The kernel and its callers tell how it went by a number: errno(3), with a minus before it. */
import { pattern } from '../../model/pattern.js';
import type { How } from './account.js';

const meanings: Readonly<Record<number, How>> = {
  2: 'not-found',
  5: 'damaged',
  13: 'not-readable',
  16: 'busy',
  17: 'already-there',
  22: 'not-valid',
  24: 'limit',
  28: 'full',
  30: 'read-only',
  98: 'in-use',
  99: 'not-here',
  101: 'no-route',
  104: 'reset',
  110: 'timed-out',
  111: 'refused',
  113: 'no-route',
  116: 'damaged',
  117: 'damaged',
};

/** Behind a word of failure, or as the value of one: `failed to get redirect (-5)`, `error -28`, `ret=-113`. */
const number = pattern(
  /\b(?:fail\w*|unable|can ?not|could ?n[o']t|error|err(?:no)?|ret(?:urn(?:ed|s)?)?|rc)\b/i,
  /[^\n]{0,80}?[(=:\s]\s?-(\d{1,3})(?=\)?(?:[\s,;.]|$))/,
);

export const numbered = (line: string): How | undefined => meanings[Number(number.exec(line)?.[1])];
