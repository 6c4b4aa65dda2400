/**
 * What stands on many lines and is one record: klog's values of several lines, the parts into which a runtime cuts a
 * long line, JSON and YAML in rows. Each is made one line, so that its level and its error are read together.
 */
import { messageKeys } from './coats.js';
import { pattern } from '../../model/pattern.js';
import { wrapped } from './wrapped.js';

export const recordsOf = (text: string): string =>
  [klogValues, partials, rowsOfJson, rowsOfYaml, wrapped]
    .reduce<readonly string[]>((lines, join) => join(lines), text.split('\n'))
    .join('\n');

/** What carries a line: syslog and journald, a runtime's file, `kubectl logs` of many pods, compose. */
const carrier = pattern(
  /^[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? \S{1,253} [\w@./-]{1,80}(?:\[\d{1,9}\])?: /,
  /|^\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d) (?:(?:stdout|stderr) [FP] )?/,
  /|^\[pod\/\S{1,300}\] |^[\w.-]{1,80} +\| /,
);
const bare = (line: string): string => line.replace(carrier, '');
const header = /^[EWIF]\d{4} \d\d:\d\d:|^(?:time|level)=|^\{"/;

type Join = (lines: readonly string[]) => readonly string[];

/** `err=<`, then lines with a tab, then ` >` and what else the record says. */
const opens = /=<\s*$/;
const closes = /^\s*>(?=\s*$|\s+[\w.]{1,60}=)/;
const mostLines = 60;

interface Open {
  readonly head: string;
  readonly inner: readonly string[];
}

const klogValues: Join = lines => {
  const told: string[] = [];
  let open: Open | undefined;
  const begin = (line: string): void => {
    open = opens.test(line) ? { head: line.replace(opens, '='), inner: [] } : undefined;
    if (!open) told.push(line);
  };
  for (const line of lines) {
    const words = bare(line);
    if (!open) begin(line);
    else if (closes.test(words)) begin(closed(open) + words.replace(closes, ''));
    else if (open.inner.length < mostLines && !header.test(words)) open = { ...open, inner: [...open.inner, words] };
    else {
      told.push(closed(open));
      begin(line);
    }
  }
  return open ? [...told, closed(open)] : told;
};

const closed = ({ head, inner }: Open): string =>
  head +
  JSON.stringify(
    inner
      .map(one => one.trim())
      .filter(one => one !== '')
      .join(' '),
  );

/** A runtime cuts lines of 16 KiB: `P` says that more comes, and so does Docker's record without an end of line. */
const part = /^(\S{10,40} (?:stdout|stderr)) ([FP]) (.*)$/;

const partials: Join = lines => {
  const told: string[] = [];
  let open = false;
  for (const line of lines) {
    const [, , more, words = ''] = part.exec(line) ?? [];
    const before = told.at(-1) ?? '';
    const log = logOf(line);
    if (open && more !== undefined) told[told.length - 1] = before + words;
    else if (open && log !== undefined) told[told.length - 1] = JSON.stringify({ log: `${logOf(before) ?? ''}${log}` });
    else told.push(more === 'P' ? line.replace(/ P /, ' F ') : line);
    open = more === 'P' || (log !== undefined && !log.endsWith('\n'));
  }
  return told;
};

const logOf = (line: string): string | undefined => {
  if (!line.startsWith('{"log":"')) return undefined;
  try {
    const { log } = JSON.parse(line) as { readonly log?: unknown };
    return typeof log === 'string' ? log : undefined;
  } catch {
    return undefined; // cut: no record
  }
};

/** An answer of the API or a record of a log, pretty-printed: one line, if it has a message of its own. */
const rowsOfJson: Join = lines => {
  const told: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, before = '', start] = /^(.{0,200}?)(\{)\s*$/.exec(lines[at] ?? '') ?? [];
    const end =
      start === undefined ? -1 : lines.slice(at, at + mostRows).findIndex(one => one.startsWith(closing(before)));
    const whole = end < 1 ? undefined : oneRow([start ?? '', ...lines.slice(at + 1, at + end + 1)].join('\n'));
    told.push(whole === undefined ? (lines[at] ?? '') : before + whole);
    if (whole !== undefined) at += end;
  }
  return told;
};
const mostRows = 200;
const closing = (before: string): string => `${/^\s*/.exec(before)?.[0] ?? ''}}`;

const oneRow = (text: string): string | undefined => {
  try {
    const record = JSON.parse(text.replace(/\}[;,]?\s*$/, '}')) as Record<string, unknown>;
    return messageKeys.some(key => typeof record[key] === 'string') ? JSON.stringify(record) : undefined;
  } catch {
    return undefined;
  }
};

/** `message: |-`, or a value that goes on deeper than its key. */
const key = /^(\s*(?:- )?)(?:message|reason|log|msg|error|stderr|output): *(\S.*)?$/;

const rowsOfYaml: Join = lines => {
  const told: string[] = [];
  let depth = -1;
  for (const line of lines) {
    const indent = line.search(/\S/);
    if (depth >= 0 && indent > depth) {
      told.push(`${(told.pop() ?? '').replace(/ [|>][-+]?\s*$/, '')} ${line.trim()}`);
      continue;
    }
    const [, before] = key.exec(line) ?? [];
    depth = before === undefined ? -1 : before.length;
    told.push(line);
  }
  return told;
};
