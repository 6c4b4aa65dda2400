/** Whether a therapy has cured: two examinations compared. Pure. */
import { flat, type Report } from '../../clinic/examine/report.js';
import { clusterHost } from '../../model/resource.js';
import { type Illness, illnessesOf, keyOf, textOf } from './illness.js';
import type { Treatment } from './treatments.js';

export interface Judgement {
  /** Treated, and ill all the same. */
  readonly still: readonly string[];
  /** Was examined before and was not ill; a slow disk and the like, which load alone makes ill, is left to the reports. */
  readonly fresh: readonly string[];
  /** What was seen before and is not any more: by the case that was treated, or a whole host, or the API. */
  readonly blind: readonly string[];
  /** What other cases cannot see any more: waited for, since it mostly comes back, but no reason to take anything back. */
  readonly newlyUnknown: readonly string[];
}

export const keysOf = (report: Report): ReadonlySet<string> =>
  new Set(flat(report.causes).flatMap(illnessesOf).map(textOf));

export const judge = (before: Report, after: Report, treated: readonly Treatment[]): Judgement => {
  const [was, is] = [keysOf(before), keysOf(after)];
  const now = new Map(
    flat(after.causes)
      .flatMap(illnessesOf)
      .map(one => [textOf(one), one] as const),
  );
  const byThemselves = new Set(
    flat(after.causes)
      .filter(one => one.byItself)
      .flatMap(illnessesOf)
      .map(textOf),
  );
  const knew = new Set(before.unknown.flatMap(one => one.missing.map(each => `${one.case} ${each.host} ${each.what}`)));
  const lost = (ours: boolean): readonly string[] =>
    after.unknown
      .filter(one => treated.some(treatment => treatment.case === one.case) === ours)
      .flatMap(one =>
        one.missing
          .filter(each => !knew.has(`${one.case} ${each.host} ${each.what}`))
          .map(each => `${one.case}: ${each.what} on ${each.host}: ${each.why}`),
      );
  return {
    still: treated.map(one => keyOf(one.case, one.finding)).filter(key => is.has(key)),
    fresh: [...now]
      .filter(([key, one]) => !was.has(key) && !byThemselves.has(key) && wasSeen(before, one))
      .map(([key]) => key),
    blind: [
      ...lost(true),
      ...after.blind
        .filter(each => !before.blind.some(one => one.host === each.host && one.what === each.what))
        .map(each => `${each.what} of ${each.host}: ${each.why}`),
    ],
    newlyUnknown: lost(false),
  };
};

export const cured = ({ still, fresh, blind }: Judgement): boolean => still.length + fresh.length + blind.length === 0;

/**
 * What a case could not see of a host before has come to light, and is no harm done by the therapy; what it could see
 * there and did not find is. Without the API, or for the cluster as a whole, one gap is enough for not having seen.
 */
export const wasSeen = (report: Report, { case: id, host }: Pick<Illness, 'case' | 'host'>): boolean => {
  const gaps = report.unknown.filter(each => each.case === id).flatMap(each => each.missing);
  if (gaps.length > 0)
    return host !== clusterHost && !gaps.some(each => each.host === host || each.host === clusterHost);
  return report.refuted.some(each => each.case === id) || flat(report.causes).some(each => each.case === id);
};

export const judgementText = ({ still, fresh, blind }: Judgement): readonly string[] => [
  ...still.map(key => `${key} is still ill`),
  ...fresh.map(key => `${key} has become ill`),
  ...blind.map(what => `${what} cannot be seen`),
];
