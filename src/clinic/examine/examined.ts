import type { Case } from '../case.js';
import type { Finding, Verdict } from './verdict.js';

/** A case and what it said. */
export interface Examined {
  readonly case: Case;
  readonly verdict: Verdict;
}

/** The findings of one variant of a case. */
export interface Ill {
  readonly case: Case;
  readonly variant: string;
  readonly findings: readonly Finding[];
}
