import type { Notion } from '../../../explain/speech/speech.js';

/** What people speak of: the year is over, or what was renewed is not what is served. */
export const told: readonly (readonly Notion[])[] = [
  ['a-year', 'not-starting'],
  ['a-year', 'certificate'],
  ['certificate', 'expired'],
  ['certificate', 'rotated', 'stays-old'],
];
