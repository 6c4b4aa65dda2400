/** What an upgrade will meet, for people: the worst first, each with what it hits and the next act. */
import { createColors } from 'picocolors';
import { marked } from '../../shell/terminal.js';
import type { Hit, Severity, UpgradeFinding } from '../../preflight/upgrade/finding.js';
import type { UpgradeReport } from '../../preflight/upgrade/judge.js';

export interface UpgradeTextOptions {
  readonly colors: boolean;
  readonly verbose?: boolean | undefined;
}

type Colors = ReturnType<typeof createColors>;

const shownHits = 6;

export const upgradeText = (report: UpgradeReport, { colors, verbose = false }: UpgradeTextOptions): string => {
  const color = createColors(colors);
  const lines = [
    headline(report, color),
    ...(report.hops.length > 1 ? [`the way: ${[report.from, ...report.hops].join(' → ')}, one minor at a time`] : []),
    '',
    ...report.findings
      .filter(one => verbose || one.severity !== 'note')
      .flatMap(one => [...findingLines(one, color, verbose ? Number.POSITIVE_INFINITY : shownHits), '']),
    ...notes(report, verbose),
    ...unseenLines(report, color, verbose),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
};

const headline = ({ cluster, from, to, verdict, findings }: UpgradeReport, color: Colors): string => {
  const what = marked(`${cluster ?? 'the cluster'}: ${from} → ${to}`);
  const count = (severity: Severity): number => findings.filter(one => one.severity === severity).length;
  if (verdict === 'clear' && from === to)
    return color.green(`${marked(`${cluster ?? 'the cluster'}: ${from}`)} runs already`);
  if (verdict === 'clear') return color.green(`${what}: nothing will bite`);
  if (verdict === 'unknown') return color.yellow(`${what}: nothing was found, but not everything could be seen`);
  return color.bold(
    color.red(`${what}: ${counted(count('blocker'), 'blocker')}, ${counted(count('warning'), 'warning')}`),
  );
};

const counted = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;

const words: Readonly<Record<Severity, string>> = { blocker: 'BLOCKER', warning: 'warning', note: 'note' };

interface Found extends Omit<UpgradeFinding, 'rule'> {
  readonly rule: string;
}

export const findingLines = (one: Found, color: Colors, most: number): readonly string[] => {
  const paint = one.severity === 'blocker' ? color.red : one.severity === 'warning' ? color.yellow : color.dim;
  const since = one.into === undefined ? '' : ` (${one.into})`;
  return [
    `${paint(words[one.severity])}  ${marked(`${one.rule}${since}: ${one.why}`)}`,
    ...one.hits.slice(0, most).map(hit => `    ${marked(hitText(hit))}`),
    ...(one.hits.length > most ? [color.dim(`    and ${one.hits.length - most} more (--verbose)`)] : []),
    `  → ${marked(one.next)}`,
  ];
};

const hitText = ({ name, detail }: Hit): string => (detail === undefined ? name : `${name}: ${detail}`);

const notes = ({ findings }: UpgradeReport, verbose: boolean): readonly string[] => {
  const all = findings.filter(one => one.severity === 'note');
  return verbose || all.length === 0
    ? []
    : [`${counted(all.length, 'thing')} to know (--verbose): ${[...new Set(all.map(one => one.rule))].join(', ')}`, ''];
};

export const unseenLines = (
  { missing }: Pick<UpgradeReport, 'missing'>,
  color: Colors,
  verbose: boolean,
): readonly string[] =>
  missing.length === 0
    ? []
    : [
        color.bold('Not seen, so not judged'),
        ...missing
          .slice(0, verbose ? missing.length : shownHits)
          .map(one => `  ${marked(`${one.host}: ${one.what}: ${one.why}`)}`),
        ...(!verbose && missing.length > shownHits ? [`  and ${missing.length - shownHits} more (--verbose)`] : []),
      ];
