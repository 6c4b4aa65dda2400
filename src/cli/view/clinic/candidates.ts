/** What a pasted text can mean, for people. */
import { createColors } from 'picocolors';
import type { Candidate } from '../../../clinic/explain.js';
import { escapeForTerminal } from '../../../shell/terminal.js';

export const candidatesText = (all: readonly Candidate[], colors: boolean): string => {
  const color = createColors(colors);
  const safe = escapeForTerminal;
  if (all.length === 0) return 'No case is known to say this. kw doctor tests all of them against a cluster; kw cases lists them.\n';
  const confirmed = all.filter(one => one.tested?.result === 'confirmed').length;
  const head = !all[0]?.tested ? `This text can mean ${all.length === 1 ? 'one thing' : `${all.length} things`}; only a test decides which (kw doctor):`
    : confirmed > 0 ? `${confirmed} of ${all.length} candidates confirmed:` : `None of ${all.length} candidates is confirmed:`;
  const marks = { confirmed: color.red('confirmed'), refuted: color.green('refuted'), unknown: color.yellow('unknown'), 'not-applicable': color.dim('not here') } as const;
  return `${[head, ...all.flatMap(one => [
    `${one.tested ? `${marks[one.tested.result]}  ` : '- '}${color.bold(safe(one.title))} ${color.dim(`[${one.case}]`)}`,
    color.dim(`    said: ${safe(one.because)}`),
    ...one.tested?.findings?.map(finding => `    ${safe(finding.says)}`) ?? [],
    ...one.tested?.missing?.slice(0, 3).map(({ host, what, why }) => color.yellow(`    not seen: ${safe(`${host} ${what} (${why})`)}`)) ?? [],
    ...one.tested?.says === undefined ? [] : [color.dim(`    ${safe(one.tested.says)}`)],
    ...one.benign === undefined ? [] : [`    harmless when ${safe(one.benign)}`],
  ]), '', color.dim(`the page of a case: kw cases ${all[0]?.case ?? 'ID'}`)].join('\n')}\n`;
};
