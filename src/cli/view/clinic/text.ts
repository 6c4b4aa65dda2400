/**
 * An examination for people: the cause first, then what follows, the cure, how to see it oneself, and how far was seen.
 */
import { createColors } from 'picocolors';
import type { Diagnosis, Report, TherapyReport } from '../../../clinic/examine/report.js';
import { trafficWords } from '../../../clinic/examine/traffic.js';
import { harmless as harmlessTexts } from '../../../shell/terminal.js';
import { firstLine } from './first-line.js';
import { unseen } from './unseen.js';

export type Colors = ReturnType<typeof createColors>;

export interface TextOptions {
  readonly colors: boolean;
  readonly verbose?: boolean | undefined;
}

const shownFindings = 5;

export const reportText = (given: Report, { colors, verbose }: TextOptions): string => {
  const report = harmlessTexts(given);
  const color = createColors(colors);
  const lines = [
    headline(report, color),
    '',
    ...report.causes.flatMap((cause, index) => [...diagnosis(cause, color, `${index + 1}. `), '']),
    ...unexplained(report, color, verbose),
    ...inPlace(report, color),
    ...harmless(report, color, verbose),
    ...unseen(report, color, verbose),
    ...tested(report, color, verbose),
  ];
  return `${markedLines(lines)}\n`;
};

/** One line, so that a healthy cluster is one screen: each of them needs two. */
const harmless = ({ benign }: Report, color: Colors, verbose: boolean | undefined): readonly string[] => {
  if (benign.length === 0) return [];
  if (!verbose)
    return [
      color.dim(
        `${count(benign.length, 'alarming line')} in the logs, harmless on this cluster (--verbose: which, and why)`,
      ),
      '',
    ];
  return [
    color.bold('Alarming, but harmless here'),
    ...benign.flatMap(({ line, because, host }) => [
      `  ${host === undefined ? '' : `${host}: `}${line.trim()}`,
      color.dim(`    ${because}`),
    ]),
    '',
  ];
};

// Texts were made harmless before they were coloured: the codes are ours. What a host breaks into lines stays below its
// own: a mark tells it from ours.
export const markedLines = (lines: readonly string[]): string =>
  lines
    .flatMap(line => {
      const [first = '', ...more] = line.split('\n');
      return [first, ...more.map(each => `${/^ */.exec(first)?.[0]}  | ${each}`)];
    })
    .join('\n');

const headline = (report: Report, color: Colors): string => {
  const what = `${report.cluster ?? 'the cluster'}${report.kubernetes ? ` (Kubernetes ${report.kubernetes})` : ''}`;
  if (report.verdict === 'healthy')
    return color.green(`${what} is healthy: ${report.refuted.length} illnesses tested, none found`);
  if (report.verdict === 'ill')
    return color.bold(
      color.red(
        `${what} is ill: ${illnesses(report)}` + (report.blind.length > 0 ? ', and not everything could be seen' : ''),
      ),
    );
  return color.yellow(`${what}: nothing ill was found, but not enough could be seen to call it healthy`);
};

/** `2 causes`, `1 cause and 3 things that no known illness explains`. */
const illnesses = ({ causes, unexplained: left = [] }: Report): string =>
  [
    ...(causes.length > 0 || left.length === 0 ? [count(causes.length, 'cause')] : []),
    ...(left.length > 0 ? [`${count(left.length, 'thing')} broken that no known illness explains`] : []),
  ].join(' and ');

const mostUnexplained = 12;

const unexplained = (
  { unexplained: left = [] }: Report,
  color: Colors,
  verbose: boolean | undefined,
): readonly string[] => {
  if (left.length === 0) return [];
  const listed = verbose ? left : left.slice(0, mostUnexplained);
  return [
    color.bold('Broken, and no known illness explains it'),
    ...listed.flatMap(({ says, shows, next }) => [
      `  ${says}`,
      ...shows.map(show => color.dim(`    ${show.host}, ${show.source}: ${firstLine(show.text)}`)),
      `    Next: ${next}`,
    ]),
    ...(left.length > listed.length ? [`  … and ${left.length - listed.length} more (--verbose)`] : []),
    '',
  ];
};

export const diagnosis = (one: Diagnosis, color: Colors, mark: string): readonly string[] => [
  `${mark}${color.bold(one.title)} ${color.dim(`[${one.case}/${one.variant}]`)}`,
  ...one.findings
    .slice(0, shownFindings)
    .flatMap(finding => [
      `   ${finding.says}`,
      ...finding.shows.map(show => color.dim(`     ${show.host}, ${show.source}: ${firstLine(show.text)}`)),
    ]),
  ...(one.findings.length > shownFindings
    ? [`   … and the same in ${one.findings.length - shownFindings} more places`]
    : []),
  ...(one.consequences.length > 0
    ? [
        `   ${color.bold('What follows from it')}`,
        ...one.consequences.flatMap(below => consequence(below, '   - ', color)),
      ]
    : []),
  ...one.therapies.flatMap(therapy => cure(therapy, one.case, color)),
  ...one.badCures.map(({ cure: bad, why }) => `   ${color.yellow('Do not')} ${bad}: ${why}`),
  ...checks(one, color),
];

const consequence = (one: Diagnosis, mark: string, color: Colors): readonly string[] => [
  `${mark}${one.title} ${color.dim(`[${one.case}]`)}` +
    (one.findings[0] ? `: ${one.findings[0].says}` : '') +
    (one.findings.length > 1 ? ` (and ${one.findings.length - 1} more)` : ''),
  ...one.consequences.flatMap(below => consequence(below, `  ${mark}`, color)),
];

const cure = (therapy: TherapyReport, id: string, color: Colors): readonly string[] =>
  'refused' in therapy
    ? [`   ${color.bold('Therapy')} only by hand: ${therapy.refused}`, ...therapy.advice.map(line => `     - ${line}`)]
    : [
        `   ${color.bold('Therapy')} ${therapy.title} (risk: ` +
          `${therapy.risk}${therapy.backup ? ', needs a fresh backup' : ''}; ` +
          `${count(therapy.changes, 'thing')} wanted again): kw heal ${id}`,
      ];

const checks = (one: Diagnosis, color: Colors): readonly string[] => {
  const all = one.findings[0]?.checks ?? [];
  return all.length === 0
    ? []
    : [
        `   ${color.bold('See it yourself')}`,
        ...all.flatMap(({ command, host, answer, healthy }) => [
          `     ${host}# ${command}`,
          color.dim(`       now:     ${firstLine(answer)}`),
          color.dim(`       healthy: ${firstLine(healthy)}`),
        ]),
      ];
};

const inPlace = (report: Report, color: Colors): readonly string[] =>
  report.badCures === undefined
    ? []
    : [
        color.yellow(color.bold('Harmful changes in place')),
        ...report.badCures.flatMap(({ cure, why, case: id, shows }) => [
          `  ${cure}: ${why} ${color.dim(`[${id}]`)}`,
          ...shows
            .slice(0, shownFindings)
            .map(show => color.dim(`    ${show.host}, ${show.source}: ${firstLine(show.text)}`)),
        ]),
        '',
      ];

const connections = ({ connections: seen }: Report, verbose: boolean | undefined): readonly string[] => {
  if (!seen) return [];
  const counts = [
    `${seen.sound} of ${seen.sound + seen.broken + seen.unseen} are sound (chain, dates, names, usages, ` +
      'identity, rights)',
    ...(seen.broken > 0 ? [`${seen.broken} broken`] : []),
    ...(seen.unseen > 0 ? [`${seen.unseen} not seen whole`] : []),
  ];
  return [
    `Connections, proven from both ends: ${counts.join(', ')}`,
    ...(verbose
      ? seen.examples.flatMap(({ from, to, why }) => [`  ${from} → ${to}`, ...why.map(line => `    ${line}`)])
      : []),
  ];
};

const tested = (report: Report, color: Colors, verbose: boolean | undefined): readonly string[] => [
  ...connections(report, verbose).map(color.dim),
  ...(report.traffic ? trafficWords(report.traffic) : []).map(color.dim),
  color.dim(verbose ? refuted(report) : `Tested and refuted: ${count(report.refuted.length, 'illness', 'illnesses')}`),
  ...(verbose
    ? report.refuted.flatMap(one => (one.says === undefined ? [] : [color.dim(`  ${one.case}: ${one.says}`)]))
    : []),
  ...(report.notApplicable.length > 0
    ? [
        color.dim(
          `Not about this cluster (${report.notApplicable.length}): ` +
            report.notApplicable.map(one => (verbose ? `${one.case} (${one.because})` : one.case)).join(', '),
        ),
      ]
    : []),
];

const refuted = ({ refuted: all }: Report): string =>
  `Tested and refuted (${all.length}): ${all.map(one => one.case).join(', ') || 'nothing'}`;

const count = (n: number, word: string, many = `${word}s`): string => `${n} ${n === 1 ? word : many}`;
