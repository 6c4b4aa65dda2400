/** What has drifted, for people: per host from what to what, since when and by whom. */
import { createColors } from 'picocolors';
import type { Difference } from '../../../model/drift.js';
import { clusterHost } from '../../../model/resource.js';
import { type Grouped, grouped } from '../../../plan/drift/group.js';
import { hostsInWords } from '../../../plan/hosts-in-words.js';
import { unseenInWords } from '../../../plan/unseen-hosts.js';
import { wrapped } from '../../../plan/wrap.js';
import { marked } from '../../../shell/terminal.js';
import { type Drift, isDrift, verdictOf } from '../../../workflow/drift.js';
import { authorText, moment, sinceText } from './authors.js';
import { changeLines } from './changes.js';
import { count, cut, oneLine } from '../words.js';

export interface DriftTextOptions {
  readonly color: boolean;
  /** Columns; Infinity: not a terminal. */
  readonly width: number;
  readonly now: Date;
  readonly verbose: boolean;
}

export function driftText(drift: Drift, options: DriftTextOptions): string {
  const drifted = grouped(drift.differences.filter(isDrift));
  const lines = [
    ...compared(drift),
    ...byHosts(drifted).flatMap(([hosts, groups]) => [
      createColors(options.color).bold(headline(hosts)),
      ...groups.flatMap(group => groupLines(group, options)),
      '',
    ]),
    ...asked(drift, options),
    ...notSeen(drift),
    summary(drift, drifted),
  ];
  return `${lines.flatMap(line => folded(line, options.width)).join('\n')}\n`;
}

function compared({ last, why, fileChanged, unreadJournal }: Drift): readonly string[] {
  if (unreadJournal)
    return [
      `What was applied last is not known: ${oneLine(unreadJournal.journal)} was not read, for ` +
        `${oneLine(unreadJournal.why)}. The hosts are compared with the cluster file as it is now.`,
      '',
    ];
  if (!last)
    return [
      'This control machine remembers no run that left this cluster as its file asks: the hosts are compared with ' +
        'the cluster file as it is now.',
      '',
    ];
  const by = `${oneLine(last.command)} of ${oneLine(last.owner)}`;
  const reason = why === undefined ? '' : `; what that was is not known: ${oneLine(why)}`;
  const file = fileChanged && why === undefined ? '; the cluster file was changed since' : '';
  return [`Compared with what ${by} left at ${moment(last.at)}${file}${reason}.`, ''];
}

/** In the order in which they come; what is on the same hosts stands together. */
function byHosts(groups: readonly Grouped[]): readonly (readonly [readonly string[], readonly Grouped[]])[] {
  const all = new Map<string, [readonly string[], Grouped[]]>();
  for (const group of groups) {
    const key = group.hosts.join(' ');
    const [, together] = all.get(key) ?? [group.hosts, []];
    all.set(key, [group.hosts, [...together, group]]);
  }
  return [...all.values()];
}

const headline = (hosts: readonly string[]): string =>
  hosts[0] === clusterHost
    ? 'in the API'
    : hosts.length === 1
      ? `on ${hosts[0]}`
      : `on ${hosts.length} hosts: ${hostsInWords(hosts)}`;

function groupLines({ hosts, one, since, someUnknown }: Grouped, options: DriftTextOptions): readonly string[] {
  const color = createColors(options.color);
  const own = (text: string): string => marked(hosts.length > 1 ? text.replaceAll(one.host, '<host>') : text);
  const by = one.by.map(author => authorText(author, since[0]?.at));
  return [
    `  ${signOf(one, color)} ${one.kind} ${own(one.key)}`,
    ...one.changes.flatMap(change => changeLines(change, options)).map(line => `      ${own(line)}`),
    `      ${sinceText(since, options.now)}`,
    ...(by.length === 0 ? ['by whom: not known; no log of the host names it'] : by).map(line => `      ${line}`),
    ...(someUnknown ? ['      of some of these hosts not known'] : []),
    ...(one.wantedOtherwise && one.origin === 'unknown'
      ? ['      the version that left it wanted something else there: perhaps nobody changed it']
      : []),
    ...(one.unread ? [`      not read yet by ${one.unread.map(oneLine).join(', ')}`] : []),
    ...(next[one.next] === '' ? [] : [`      ${next[one.next]}`]),
  ];
}

const next = {
  back: '',
  stays: 'the cluster file asks for it now, or for nothing here: kw up leaves it so',
  other: 'the cluster file asks for something else by now: kw plan',
} as const;

function signOf({ changes }: Difference, color: ReturnType<typeof createColors>): string {
  if (changes.every(({ is }) => is === undefined)) return color.red('-');
  return changes.every(({ was }) => was === undefined) ? color.green('+') : color.yellow('~');
}

/** More belongs to kw plan. */
const most = 8;

/** What is no drift: somebody wrote it into the file, or Kubewizard itself asks for something else. */
function asked({ differences, newHosts, formerHosts }: Drift, { width }: DriftTextOptions): readonly string[] {
  const list = (origin: 'file' | 'wish', says: string): readonly string[] => {
    const groups = grouped(differences.filter(one => one.origin === origin));
    if (groups.length === 0) return [];
    const rows = groups.map(({ hosts, one }) => {
      const where = hosts[0] === clusterHost ? 'in the API' : `on ${hostsInWords(hosts)}`;
      return cut(marked(`  ${one.kind} ${one.key} ${where}`), Math.min(width, 200));
    });
    const more = rows.length - most;
    return [says, ...rows.slice(0, most), ...(more > 0 ? [`  … and ${more} more`] : []), ''];
  };
  return [
    ...list('file', 'Not drift: the cluster file asks for it, and it was not applied yet (kw plan):'),
    ...list('wish', 'Not drift: kw was another version then, and asks for something else by now (kw plan):'),
    ...(newHosts.length > 0 ? [`New in the cluster file, and empty: ${hostsInWords(newHosts)}.`] : []),
    ...(formerHosts.length > 0
      ? [`Not in the cluster file any more, so not looked at: ${hostsInWords(formerHosts)}.`]
      : []),
  ];
}

function notSeen({ unseen, unread }: Drift): readonly string[] {
  const hosts = unseen.map(({ host, why }) => ({ host: host === clusterHost ? 'the API' : host, why }));
  return [
    ...unseenInWords(hosts).map(line => `Could not see ${oneLine(line)}.`),
    ...unseenInWords(unread).map(line => `Who did it could not be asked in full of ${oneLine(line)}.`),
  ];
}

function summary(drift: Drift, drifted: readonly Grouped[]): string {
  const { examined, unseen, last, why } = drift;
  const dark =
    unseen.length > 0
      ? ` Not seen: ${unseen.map(({ host }) => (host === clusterHost ? 'the API' : host)).join(', ')}.`
      : '';
  if (verdictOf(drift) !== 'drift') {
    const where = verdictOf(drift) === 'none' ? 'Nothing has drifted' : 'Nothing has drifted on what was seen';
    return `${where}: ${count(examined, 'thing')} looked at.${dark}`;
  }
  const things = drifted.reduce((sum, { hosts }) => sum + hosts.length, 0);
  const hosts = new Set(drifted.flatMap(group => group.hosts)).size;
  const verb = last && !why ? (things === 1 ? 'has drifted' : 'have drifted') : things === 1 ? 'differs' : 'differ';
  return (
    `${count(things, 'thing')} of ${examined} ${verb}, in ${count(hosts, 'place')}.${dark} kw up makes it as the ` +
    'cluster file asks; what shall stay belongs into the file.'
  );
}

/** A line of a diff is cut, what is told is wrapped. */
const folded = (line: string, width: number): readonly string[] =>
  width >= 20 && /^ {6}[+-]/.test(line) ? [cut(line, width)] : wrapped(line, width);
