/** Whether a therapy has cured, judged by what it touched and what it promised: two examinations compared. Pure. */
import { flat, type Report } from '../../clinic/examine/report.js';
import { clusterHost } from '../../model/resource.js';
import type { Group } from './groups.js';
import { type Illness, illnessesOf, keyOf, textOf } from './illness.js';

export interface Judgement {
  /** Treated, and ill all the same. */
  readonly still: readonly string[];
  /** Of what it touched: was examined before and was not ill; what load alone makes ill is left to the reports. */
  readonly fresh: readonly string[];
  /**
   * Of what it touched: was seen before and is not any more, by the case that was treated, or a whole host, or the API.
   */
  readonly blind: readonly string[];
  /**
   * What other cases cannot see any more: waited for, since it mostly comes back, but no reason to take anything back.
   */
  readonly newlyUnknown: readonly string[];
}

type Touching = Pick<Group, 'treated' | 'hosts'>;

export const keysOf = (report: Report): ReadonlySet<string> =>
  new Set(flat(report.causes).flatMap(illnessesOf).map(textOf));

export const judge = (before: Report, after: Report, { treated, hosts }: Touching): Judgement => {
  const is = keysOf(after);
  const gone = newGaps(before, after);
  const isOwn = (one: { readonly case: string; readonly host: string }): boolean =>
    hosts.has(one.host) && treated.some(each => each.case === one.case);
  return {
    still: treated.map(one => keyOf(one.case, one.finding)).filter(key => is.has(key)),
    fresh: newIllnesses(before, after)
      .filter(one => concerns(one, { treated, hosts }))
      .map(textOf),
    blind: [
      ...gone.filter(isOwn).map(one => one.says),
      ...after.blind
        .filter(each => hosts.has(each.host))
        .filter(each => !before.blind.some(one => one.host === each.host && one.what === each.what))
        .map(each => `${each.what} of ${each.host}: ${each.why}`),
    ],
    newlyUnknown: gone.filter(one => !isOwn(one)).map(one => one.says),
  };
};

/** What no therapy of a round is behind, as far as can be told: reported, and no reason to take anything back. */
export const newSince = (before: Report, after: Report, groups: readonly Touching[]): readonly string[] =>
  newIllnesses(before, after)
    .filter(one => !groups.some(group => concerns(one, group)))
    .map(textOf);

const newIllnesses = (before: Report, after: Report): readonly Illness[] => {
  const was = keysOf(before);
  return flat(after.causes)
    .filter(one => !one.byItself)
    .flatMap(illnessesOf)
    .filter(one => !was.has(textOf(one)) && wasSeen(before, one));
};

/** On a host that was changed, of the case that was treated, or of the same thing. */
const concerns = (one: Illness, { treated, hosts }: Touching): boolean =>
  (one.host !== clusterHost && hosts.has(one.host)) ||
  treated.some(
    ({ case: id, finding }) =>
      id === one.case ||
      Object.values(one.subject).some(value => Object.values(finding.subject).includes(value) && value !== ''),
  );

const newGaps = (before: Report, after: Report) => {
  const text = (id: string, host: string, what: string): string => `${id} ${host} ${what}`;
  const knew = new Set(before.unknown.flatMap(one => one.missing.map(({ host, what }) => text(one.case, host, what))));
  return after.unknown.flatMap(one =>
    one.missing
      .filter(({ host, what }) => !knew.has(text(one.case, host, what)))
      .map(({ host, what, why }) => ({ case: one.case, host, says: `${one.case}: ${what} on ${host}: ${why}` })),
  );
};

export const cured = ({ still, fresh, blind }: Judgement): boolean => still.length + fresh.length + blind.length === 0;

/**
 * What a case could not see of a host before has come to light, and is not harm done by the therapy; what it could see
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
