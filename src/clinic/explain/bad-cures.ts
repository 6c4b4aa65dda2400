/** Popular cures that make it worse, in a text: named with the reason, before somebody types them. */
import type { Case } from '../case.js';
import { readings } from '../examine/normalise.js';
import { anyCase } from './once.js';

export interface BadCureSaid {
  readonly case: string;
  readonly cure: string;
  readonly why: string;
  /** What of the text it is. */
  readonly message: string;
}

export const badCuresIn = (text: string, cases: readonly Case[]): readonly BadCureSaid[] => {
  const both = readings(text);
  return cases.flatMap(one =>
    (one.badCures ?? []).flatMap(({ cure, why, text: pattern }) => {
      const hit =
        pattern && both.map(reading => anyCase(pattern).exec(reading)?.[0]).find(found => found !== undefined);
      return hit ? [{ case: one.id, cure, why, message: hit.slice(0, 160) }] : [];
    }),
  );
};
