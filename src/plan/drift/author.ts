/** Since when a thing is as it is, and by whom as far as its host knows: evidence side by side, the likeliest first. */
import type { Applied, Author, Difference, LastApplied, LaterStep, Since } from '../../model/drift.js';
import type { FileTimes } from '../../facts/traces/file-times.js';
import type { FileTouch } from '../../facts/traces/file-audit.js';
import type { Command, Logins } from '../../facts/traces/logins.js';
import type { PackageEntry } from '../../facts/traces/package-log.js';
import type { UnitTimes } from '../../facts/traces/unit-times.js';
import { traitsOf } from '../../resources/index.js';
import { namesIt, rootShell, shownCommand } from './commands.js';

/** What a host wrote down; what it did not say is absent. Times in seconds by its own clock. */
export interface Traces {
  /** By which its clock is ahead of the control machine's. */
  readonly ahead: number;
  readonly files: ReadonlyMap<string, FileTimes>;
  readonly touched: ReadonlyMap<string, readonly FileTouch[]>;
  readonly units: ReadonlyMap<string, UnitTimes>;
  readonly logins?: Logins;
  readonly packages?: readonly PackageEntry[];
}

export interface Known {
  readonly last?: Applied | undefined;
  readonly later: readonly LaterStep[];
}

/** An editor that was opened so long before it wrote. */
const longest = 12 * 3600;
/** Clocks of one host are read to the second, some rounded down. */
const slack = 2;

/** Of a thing on a host. */
export function traced(found: Difference, traces: Traces | undefined, { last, later }: Known): Difference {
  if (found.origin === 'file' || found.origin === 'wish') return found;
  const step = found.origin === 'run' ? later.find(each => each.id === found.id) : undefined;
  if (!traces) return { ...found, by: byRun(step) };
  const latest = momentOf(found, traces);
  const local = (instant: string): number => Date.parse(instant) / 1000 + traces.ahead;
  const at = (seconds: number): string => new Date((seconds - traces.ahead) * 1000).toISOString();
  const after = last && local(last.at);
  const leftAt = last && local(last.did.get(found.id) ?? last.began);
  const older = latest !== undefined && leftAt !== undefined && latest.at <= leftAt;
  // That version wanted something else there, and nobody touched it since. A time is no proof of more than that.
  if (found.wantedOtherwise && older && isWhole(found, traces)) return { ...found, origin: 'wish' };
  // Of what is other than it was left, a time from before says only that it tells nothing.
  const moment = older && found.origin !== 'run' ? undefined : latest;
  // A later run did something to it, and somebody else after that.
  const behindRun = step !== undefined && moment?.exact === true && moment.at > local(step.at) + slack;
  const touched = found.wantedOtherwise === true && moment?.exact === true;
  const one: Difference = behindRun || touched ? { ...found, origin: 'host' } : found;
  const since: Since | undefined = moment && { at: at(moment.at), exact: moment.exact };
  const run = behindRun ? [] : byRun(step);
  return { ...one, ...(since && { since }), by: [...run, ...authors(one, traces, moment?.at, after, at)] };
}

const byRun = (step: LaterStep | undefined): readonly Author[] =>
  step ? [{ how: 'run', who: step.owner, at: step.at, command: step.command }] : [];

interface Moment {
  readonly at: number;
  readonly exact: boolean;
}

/** Its times speak of all that is wanted of it: not of what is behind a link, or in a key beside it. */
const isWhole = ({ kind, key }: Difference, { files }: Traces): boolean => {
  const file = files.get(key);
  return traitsOf(kind).path === 'whole' && file?.is === 'there' && !file.link;
};

function momentOf({ kind, key, changes }: Difference, traces: Traces): Moment | undefined {
  const file = traces.files.get(key);
  if (file?.is === 'there') return { at: file.changed, exact: true };
  if (file?.folder !== undefined) return { at: file.folder, exact: false };
  const unit = traces.units.get(key);
  // Whether it starts at boot is a link, of which the state says nothing.
  if (unit?.changed !== undefined && changes.some(({ field }) => field === 'running'))
    return { at: unit.changed, exact: true };
  const entry = traitsOf(kind).role === 'installed' ? packageEntry(changes, traces) : undefined;
  return entry && { at: entry.at, exact: true };
}

const packageEntry = (changes: Difference['changes'], { packages = [] }: Traces): PackageEntry | undefined =>
  packages.findLast(entry => changes.some(({ field }) => entry.packages.includes(field)));

type Instant = (seconds: number) => string;

function authors(
  one: Difference,
  traces: Traces,
  moment: number | undefined,
  after: number | undefined,
  at: Instant,
): readonly Author[] {
  const unit = traces.units.get(one.key);
  if (unit && moment !== undefined && (unit.active === 'failed' || unit.active === 'activating'))
    return [{ how: 'itself', at: at(moment), result: unit.result }];
  const found = [...fromPackages(one, traces, moment, at), ...fromAudit(one, traces, { moment, after }, at)];
  const named = commandsAt(traces, moment, after).filter(line => namesIt(line, one));
  const sudo = named.slice(-1).map((line): Author => ({ how: 'sudo', ...told(line, at) }));
  if (found.length + sudo.length > 0) return [...sudo, ...found];
  const shells = newestOfEach(commandsAt(traces, moment, after).filter(rootShell));
  return [...shells.map((line): Author => ({ how: 'shell', ...told(line, at) })), ...sessionsAt(traces, moment, at)];
}

/** Who ran a command that names the thing, by a host that is not its own: an object of the API. */
export function alsoBySudo(one: Difference, all: readonly Traces[], last: LastApplied | undefined): Difference {
  if (['file', 'run', 'wish'].includes(one.origin)) return one;
  const found = all.flatMap((traces): readonly Author[] => {
    const local = (at: string): number => Date.parse(at) / 1000 + traces.ahead;
    const moment = one.since && local(one.since.at);
    const lines = commandsAt(traces, moment, last && local(last.at)).filter(line => namesIt(line, one));
    const at = (seconds: number): string => new Date((seconds - traces.ahead) * 1000).toISOString();
    return lines.slice(-1).map(line => ({ how: 'sudo', ...told(line, at) }));
  });
  return { ...one, by: [...found.slice(-1), ...one.by] };
}

const told = ({ user, at: seconds, command }: Command, at: Instant) => ({
  who: user,
  at: at(seconds),
  command: shownCommand(command),
});

function commandsAt(
  { logins }: Traces,
  moment: number | undefined,
  after = Number.NEGATIVE_INFINITY,
): readonly Command[] {
  const from = moment === undefined ? after : Math.max(moment, after) - longest;
  return (logins?.commands ?? []).filter(
    line => line.at >= from && (moment === undefined || line.at <= moment + slack),
  );
}

const newestOfEach = (lines: readonly Command[]): readonly Command[] => [
  ...new Map(lines.map(line => [line.user, line])).values(),
];

function sessionsAt({ logins }: Traces, moment: number | undefined, at: Instant): readonly Author[] {
  if (moment === undefined) return [];
  const open = (logins?.sessions ?? []).filter(
    ({ begin, end }) => begin <= moment + slack && (end === undefined || end >= moment - slack),
  );
  return [...new Map(open.map(one => [one.user, one])).values()].map(({ user, from, begin }) => ({
    how: 'session',
    who: user,
    at: at(begin),
    from,
  }));
}

function fromPackages(one: Difference, traces: Traces, moment: number | undefined, at: Instant): readonly Author[] {
  const entry =
    traitsOf(one.kind).role === 'installed' && moment !== undefined ? packageEntry(one.changes, traces) : undefined;
  if (!entry) return [];
  return [{ how: 'packages', who: entry.user, at: at(entry.at), command: shownCommand(entry.command) }];
}

function fromAudit(
  { key }: Difference,
  { touched }: Traces,
  {
    moment,
    after = Number.NEGATIVE_INFINITY,
  }: { readonly moment: number | undefined; readonly after?: number | undefined },
  at: Instant,
): readonly Author[] {
  const near = (touched.get(key) ?? []).filter(one =>
    moment === undefined ? one.at > after : Math.abs(one.at - moment) <= slack,
  );
  return near.slice(-1).map(one => ({ how: 'auditd', who: one.user, at: at(one.at), program: one.program }));
}
