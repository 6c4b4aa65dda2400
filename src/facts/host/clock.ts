import type { Part } from './part.js';
import { sh } from '../../shell/sh.js';

/** Seconds since 1970 with their fraction. It changes by itself, so it is part of no resource's look. */
export const clock: Part<number> = {
  script: sh`date +%s.%N`,
  parse: text => (/^\d{9,11}(\.\d+)?$/.test(text.trim()) ? Number(text.trim()) : undefined),
};
