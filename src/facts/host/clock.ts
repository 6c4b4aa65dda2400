import { type Fact, Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

/** Seconds since 1970 with their fraction. It changes by itself, so it is part of no resource's look. */
export const clock: Fact<number> = {
  id: 'clock',
  question: { ask: 'host', script: sh`date +%s.%N` },
  parse(text) {
    if (!/^\d{9,11}(\.\d+)?$/.test(text.trim())) throw new Unreadable('clock', text, 'date did not answer');
    return Number(text.trim());
  },
};
