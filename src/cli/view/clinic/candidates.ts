/**
 * What a pasted text can mean, for people: candidates, and below them their pages, or with a cluster what was found.
 */
import { createColors } from 'picocolors';
import type { Candidate } from '../../../clinic/explain/explain.js';
import type { Answer } from '../../../clinic/explain/answer.js';
import type { Pinned } from '../../../clinic/explain/pins.js';
import { cures, decides, type Page } from '../../../clinic/explain/page.js';
import { accountText } from '../../../clinic/explain/grammar.js';
import { nextOf } from '../../../clinic/explain/next.js';
import { harmless } from '../../../shell/terminal.js';
import { refusedLines } from './refused.js';
import { type Colors, diagnosis, markedLines } from './text.js';

type Pages = ReadonlyMap<string, Page>;

/** A text that can mean a dozen things is not a place for a dozen pages. */
const inFull = 3;

export const answerText = (given: Answer, pages: Pages, colors: boolean): string => {
  const answer = harmless(given);
  const color = createColors(colors);
  const lines = [
    ...unreadLines(answer),
    ...firstWords(answer, pages, color),
    ...answer.badCures.flatMap(({ message, cure, why, case: id }) => [
      `${color.red(color.bold('Do not'))} ${message}`,
      `    ${cure}: ${why} ${color.dim(`[${id}]`)}`,
      '',
    ]),
    ...(answer.refused ? [...refusedLines(answer.refused, color), ''] : []),
    ...(answer.pinned ? [...pinnedLines(answer.pinned, color), ''] : []),
    ...(answer.candidates.length > 0
      ? candidates(answer, pages, color)
      : answer.badCures.length > 0 || answer.refused || answer.outside || answer.record
        ? []
        : [
            'No case is known to say this, and the text does not say who failed, with whom, or how.',
            '    the log of that minute says more: journalctl -u kubelet, crictl logs, kubectl describe',
            '    or test all cases against the cluster: kw doctor; kw cases lists them',
          ]),
  ];
  return `${markedLines(lines).trimEnd()}\n`;
};

const unreadLines = ({ unread }: Answer): readonly string[] =>
  unread === undefined
    ? []
    : [
        `Read: the last ${kib(unread.read)} KiB of ${kib(unread.of)} KiB, lines that repeat once. ` +
          'The beginning was not read.',
        '    the cause may stand there: give the lines around the first failure alone',
        '',
      ];

const kib = (characters: number): number => Math.round(characters / 1024);

const sureness = {
  likely: 'likely: nothing else that is known says this so clearly',
  'one-of-several': 'one of several: others say nearly the same',
  effect: 'open: the text says what happened, and more than one cause ends in these words',
  'only-generic': 'only generic: these words follow many troubles',
} as const;

/** Cause, check and how sure: what somebody reads who reads no further. */
const firstWords = (answer: Answer, pages: Pages, color: Colors): readonly string[] => {
  const { outside, sure, candidates: all } = answer;
  const told = toldLines(outside, color);
  const [first] = all;
  if (!first || !sure || first.tested) return [...recordLines(answer, color), ...told];
  const page = pages.get(first.case);
  // What is ill comes first; beside it a line that is harmless is told after it.
  const clear = sure !== 'only-generic';
  return [
    ...(clear ? [] : told),
    ...recordLines(answer, color),
    ...(sure === 'only-generic' && all.length >= many
      ? severalLines(all.length, color)
      : causeLines(first, sure, page, color)),
    '',
    ...(clear ? told : []),
  ];
};

/** So many say the same words that none of them may be named first. */
const many = 3;

const severalLines = (count: number, color: Colors): readonly string[] => [
  color.bold(`These words follow many troubles, and name none: ${count} that are known have them.`),
  '    to be sure: test all of them (kw doctor), or give the lines around it: ' +
    'journalctl -u kubelet --since -10min | kw explain',
  `    how sure: ${sureness['only-generic']}`,
];

const causeLines = (
  first: Candidate,
  sure: keyof typeof sureness,
  page: Page | undefined,
  color: Colors,
): readonly string[] => [
  color.bold(`${sure === 'only-generic' || sure === 'effect' ? 'Perhaps' : 'Most probable'}: ${first.title}.`),
  ...(first.benign === undefined ? [] : [`    harmless when: ${first.benign}`]),
  `    to be sure: ${page ? decides(page) : `kw cases ${first.case}`}`,
  `    how sure: ${sureness[sure]}`,
];

const toldLines = (outside: Answer['outside'], color: Colors): readonly string[] =>
  (outside ?? []).flatMap(({ kind, why, todo, message }) => [
    color.bold(`${kind === 'harmless' ? 'Harmless' : 'Not the cluster’s fault'}: ${why}.`),
    `    do: ${todo}`,
    color.dim(`    said: ${message}`),
    '',
  ]);

/** What the text says by itself, and the edge to measure: no case knows it, or only by words that many share. */
const recordLines = ({ record, refused }: Answer, color: Colors): readonly string[] =>
  !record || refused
    ? []
    : [
        color.bold(`It says: ${accountText(record)}.`),
        `    to be sure: ${nextOf(record)}`,
        '    how sure: of what the text says; the cause behind it is open, no case is known for just this',
        '',
      ];

const pinnedLines = ({ hash, says, command }: Pinned, color: Colors): readonly string[] => [
  `${color.bold('The hash of a CA')} ${hash}`,
  `    ${says}`,
  color.dim(`    the right one: ${command}`),
];

const candidates = (answer: Answer, pages: Pages, color: Colors): readonly string[] => {
  const all = answer.candidates;
  return [
    headline(answer),
    ...all.flatMap((one, index) =>
      candidate(one, index < inFull ? pages.get(one.case) : undefined, pages.get(one.case), color),
    ),
    '',
    ...(answer.report
      ? found(answer, color)
      : [
          ...(answer.cut
            ? ['A part of this text is cut or hidden, perhaps the one that decides: run the check of each.']
            : []),
          color.dim(
            `the page of a case: kw cases ${all[0]?.case ?? 'ID'}; to test them: kw explain -f cluster.yaml, ` +
              '--hosts, --kubeconfig or --bundle',
          ),
        ]),
  ];
};

const headline = ({ candidates: all }: Answer): string => {
  const confirmed = all.filter(one => one.tested?.result === 'confirmed').length;
  return !all[0]?.tested
    ? `This text can mean ${all.length === 1 ? 'one thing' : `${all.length} things`}; only a test ` +
        `decides${all.length === 1 ? '' : ' which'}:`
    : confirmed > 0
      ? `${confirmed} of ${all.length} candidates confirmed:`
      : `None of ${all.length} candidates is confirmed:`;
};

const candidate = (
  one: Candidate,
  full: Page | undefined,
  page: Page | undefined,
  color: Colors,
): readonly string[] => {
  const marks = {
    confirmed: color.red('confirmed'),
    refuted: color.green('refuted'),
    unknown: color.yellow('unknown'),
    'not-applicable': color.dim('not here'),
  } as const;
  return [
    `${one.tested ? `${marks[one.tested.result]}  ` : '- '}${color.bold(one.title)} ${color.dim(`[${one.case}]`)}`,
    color.dim(`    said: ${one.because}`),
    ...(one.tested?.missing
      ?.slice(0, 3)
      .map(({ host, what, why }) => color.yellow(`    not seen: ${host} ${what} (${why})`)) ?? []),
    ...(one.tested?.says === undefined ? [] : [color.dim(`    ${one.tested.says}`)]),
    ...(one.benign === undefined ? [] : [`    harmless when ${one.benign}`]),
    ...(one.tested || !page
      ? []
      : full
        ? sections(full, color)
        : [`    decided by: ${decides(page)}`, `    therapy: ${cures(page)}`]),
  ];
};

const sections = (page: Page, color: Colors): readonly string[] =>
  ['Symptom', 'Proof', 'Therapy'].flatMap(name => {
    const text = page.sections[name];
    return text === undefined ? [] : [`    ${color.bold(name)}`, ...text.split('\n').map(line => `      ${line}`)];
  });

/** As the doctor shows it: the cause first, with therapy and commands. */
const found = (answer: Answer, color: Colors): readonly string[] => [
  ...(answer.report?.causes ?? []).flatMap((cause, index) => [...diagnosis(cause, color, `${index + 1}. `), '']),
  ...(answer.besides?.length
    ? [
        'Ill besides, though this text does not name it: ' +
          `${answer.besides.map(one => `${one.case}/${one.variant}`).join(', ')} (kw doctor)`,
      ]
    : []),
];
