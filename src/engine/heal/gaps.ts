/**
 * What a heal could not see; and a second look where only time was short, as on a host that has more to do than it can.
 */
import type { Report } from '../../clinic/examine/report.js';
import type { Missing } from '../../clinic/examine/verdict.js';
import type { Examination, Healing } from './state.js';

const looks = 3;

export const examinedWithoutGaps = async ({ examine, chosen, sleep, timeouts }: Healing): Promise<Examination> => {
  let seen = await examine();
  for (let count = 1; count < looks && missing(chosen, seen.report).some(one => one.kind === 'timeout'); count += 1) {
    await sleep(timeouts.everySeconds);
    seen = await examine();
  }
  return seen;
};

/** `host: what: why`, each once. */
export const unseen = (chosen: readonly string[], report: Report): readonly string[] => [
  ...new Set(missing(chosen, report).map(({ host, what, why }) => `${host}: ${what}: ${why}`)),
];

/** Of the chosen cases; of all where none is. */
const missing = (chosen: readonly string[], { unknown, blind }: Report): readonly Missing[] =>
  chosen.length === 0
    ? [...blind, ...unknown.flatMap(one => one.missing)]
    : unknown
        .filter(one => chosen.some(word => word === one.case || word.startsWith(`${one.case}/`)))
        .flatMap(one => one.missing);
