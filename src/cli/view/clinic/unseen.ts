/** What an examination could not see, and what stays undecided for that. */
import type { createColors } from 'picocolors';
import type { Report } from '../../../clinic/examine/report.js';
import type { Missing } from '../../../clinic/examine/verdict.js';
import { unseenInWords } from '../../../plan/unseen-hosts.js';
import { firstLine } from './first-line.js';

/** Of a host of which nothing was seen one line says it all; so does one of an API that does not answer. */
const most = 8;

export const unseen = (
  report: Pick<Report, 'blind' | 'unknown'>,
  color: ReturnType<typeof createColors>,
  verbose: boolean | undefined,
): readonly string[] => {
  if (report.blind.length + report.unknown.length === 0) return [];
  const dark = new Set(report.blind.filter(({ what }) => what === 'everything').map(({ host }) => host));
  const gaps = groupedGaps(
    report.unknown.flatMap(({ case: id, missing }) =>
      missing.filter(({ host }) => verbose === true || !dark.has(host)).map(one => [id, one] as const),
    ),
  );
  const shown = verbose ? gaps : gaps.slice(0, most);
  const blind = unseenInWords(report.blind.map(({ host, what, why }) => ({ host, why: `${what} (${why})` })));
  return [
    color.yellow(color.bold('Not seen')),
    ...blind.map(line => `  ${line}`),
    ...shown.map(([gap, cases]) => `  ${gap}; undecided: ${verbose ? cases.join(', ') : fewOf(cases)}`),
    ...(gaps.length > shown.length ? [`  … and ${gaps.length - shown.length} more gaps (--verbose)`] : []),
    ...(dark.size > 0 && !verbose && report.unknown.length > 0
      ? [`  ${report.unknown.length} illnesses are undecided in all (--verbose: which, and what each would need)`]
      : []),
    '',
  ];
};

const fewOf = (cases: readonly string[]): string =>
  cases.length > 4 ? `${cases.slice(0, 4).join(', ')} and ${cases.length - 4} more` : cases.join(', ');

const groupedGaps = (
  all: readonly (readonly [string, Missing])[],
): readonly (readonly [string, readonly string[]])[] => {
  const found = new Map<string, Set<string>>();
  for (const [id, { host, what, why }] of all) {
    const gap = `${host}: ${what} (${firstLine(why)})`;
    found.set(gap, (found.get(gap) ?? new Set<string>()).add(id));
  }
  return [...found].map(([gap, ids]) => [gap, [...ids]] as const);
};
