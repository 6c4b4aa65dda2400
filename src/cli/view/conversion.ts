/** What stands in the way of a conversion, and what it would do, host by host. */
import { createColors } from 'picocolors';
import type { ConversionReport } from '../../discovery/conversion/judge.js';
import type { HostTurn, ProgramTurn, Stays } from '../../discovery/conversion/turns.js';
import type { FlagChange } from '../../discovery/draw/flags.js';
import { marked } from '../../shell/terminal.js';
import { findingLines, unseenLines } from './upgrade.js';
import { count, oneLine } from './words.js';

interface How {
  readonly colors: boolean;
  readonly verbose?: boolean | undefined;
}

type Colors = ReturnType<typeof createColors>;
const shownHits = 6;

export const conversionText = (report: ConversionReport, { colors, verbose = false }: How): string => {
  const color = createColors(colors);
  const { turns, findings } = report;
  const lines = [
    headline(report, color),
    'Nothing was changed, and no key was copied. kw cannot carry it out yet: this says what it would be.',
    '',
    ...findings.flatMap(one => [...findingLines(one, color, verbose ? Number.POSITIVE_INFINITY : shownHits), '']),
    ...unseenLines(report, color, verbose),
    ...(turns.length > 0 ? ['', color.bold('Host by host, one control plane at a time:')] : []),
    ...turns.flatMap(turn => turnLines(turn, color, verbose)),
    ...(turns.length > 0 ? ['', afterwards(verbose)] : []),
  ];
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
};

/** The form first: what it is told comes after it, by a plan as any other. */
const afterwards = (verbose: boolean): string =>
  'Arguments would stay word for word. Those that Kubewizard sets otherwise would come with the first kw up ' +
  `afterwards${verbose ? '' : ': kw plan --verbose lists them'}`;

const headline = ({ cluster, kubernetes, verdict, findings }: ConversionReport, color: Colors): string => {
  const what = marked(`${cluster} (${kubernetes}): units of Kubewizard's in the place of static pods`);
  const blockers = findings.filter(one => one.severity === 'blocker').length;
  if (verdict === 'blocked') return color.bold(color.red(`${what}: ${count(blockers, 'thing')} in the way`));
  return verdict === 'unknown'
    ? color.yellow(`${what}: nothing stands in the way, but not everything could be seen`)
    : color.green(`${what}: nothing stands in the way`);
};

const turnLines = ({ host, programs, aside, stays }: HostTurn, color: Colors, verbose: boolean): readonly string[] => [
  color.bold(oneLine(host)),
  ...programs.flatMap(program => programLines(program, verbose)),
  ...(aside.length > 0 ? [`  laid aside: ${aside.map(oneLine).join(', ')}`] : []),
  `  stays: ${stays.map(staysText).join('; ')}`,
];

const programLines = ({ program, from, is, flags }: ProgramTurn, verbose: boolean): readonly string[] => {
  const kind = is === 'static-pod' ? 'the static pod' : 'the unit';
  const changes = flags === undefined ? '' : `; ${count(flags.length, 'flag')} other than Kubewizard's own`;
  return [
    `  ${program}: ${program}.service in the place of ${kind} ${oneLine(from)}${changes}`,
    ...(verbose ? (flags ?? []).map(one => `    ${oneLine(flagText(one))}`) : []),
  ];
};

const flagText = ({ name, now, becomes }: FlagChange): string => {
  const words = now?.map(value => `--${name}=${value}`).join(' ');
  if (words === undefined) return `+ --${name}=${becomes}`;
  return becomes === undefined ? `- ${words}` : `~ ${words} → ${becomes}`;
};

const names: Readonly<Record<Stays['what'], string>> = {
  member: "etcd's member",
  data: "etcd's data in",
  node: 'Node',
  runtime: 'the runtime',
  network: 'the pod network of',
  'kube-proxy': 'kube-proxy,',
  'static-pod': 'the static pod',
};

const staysText = ({ what, name }: Stays): string => oneLine(`${names[what]} ${name}`);
