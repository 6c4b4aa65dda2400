/**
 * What a host wrote down of people: commands by sudo and su, from the journal and with the program that the kernel saw,
 * and who was logged in on a terminal. Kubewizard's own logins have no terminal, and its own sudo is left out.
 */
import { z } from 'zod';
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

/** Times in seconds since 1970, by the host's clock. */
export interface Logins {
  readonly now: number;
  /** Of the newest last; absent: the host keeps no journal that could be read. */
  readonly commands?: readonly Command[];
  /** Absent: the host keeps no record of logins. */
  readonly sessions?: readonly Session[];
}
export interface Command {
  readonly at: number;
  readonly user: string;
  readonly folder: string;
  readonly command: string;
}
export interface Session {
  readonly user: string;
  readonly from: string;
  readonly begin: number;
  /** Absent: still logged in. */
  readonly end?: number;
}

const most = 400;

/** @param since Seconds since 1970. */
export const logins = (since: number): Fact<Logins> => ({
  id: 'logins',
  question: {
    ask: 'host',
    seconds: 30,
    bytes: 1 << 20,
    // The clock comes last: what is asked may take its time.
    script: sh`if command -v journalctl >/dev/null 2>&1; then
  echo journal
  journalctl -q --no-pager -o json --output-fields=MESSAGE,_EXE --since ${`@${Math.floor(since)}`} _COMM=sudo \
    2>/dev/null | grep COMMAND= | grep -v SSH_CONNECTION= | tail -n ${most}
fi
if command -v last >/dev/null 2>&1 && [ -r /var/log/wtmp ]; then
  echo sessions
  LC_ALL=C last -w -n ${most} --time-format iso 2>/dev/null
fi
date +'now %s.%3N'`,
  },
  parse: read,
});

function read(output: string): Logins {
  const lines = output.trimEnd().split('\n');
  const now = Number(/^now (\d{1,12}\.\d{3})$/.exec(lines.pop() ?? '')?.[1]);
  if (!Number.isFinite(now)) throw new Unreadable('logins', output, 'it has no clock at its end');
  const at = lines.indexOf('sessions');
  const journal = lines[0] === 'journal' ? lines.slice(1, at < 0 ? undefined : at) : undefined;
  const last = at < 0 ? undefined : lines.slice(at + 1);
  return {
    now,
    ...(journal ? { commands: journal.flatMap(line => commandIn(line) ?? []) } : {}),
    ...(last ? { sessions: last.flatMap(line => sessionIn(line) ?? []) } : {}),
  };
}

const entry = z.object({ __REALTIME_TIMESTAMP: z.string(), MESSAGE: z.string(), _EXE: z.string().optional() });

/** Anybody can write a line that looks like sudo's; the program that wrote it is the kernel's word. */
function commandIn(line: string): Command | undefined {
  const read = entry.safeParse(json(line));
  if (!read.success || !/\/sudo$/.test(read.data._EXE ?? '/sudo')) return undefined;
  const { MESSAGE: message, __REALTIME_TIMESTAMP: at } = read.data;
  const [, user, fields, command] = /^\s*([^\s:]{1,64}) : (.*?)\bCOMMAND=(.*)$/s.exec(message.slice(0, 4096)) ?? [];
  if (!user || fields === undefined || !command || !/^\d{1,17}$/.test(at)) return undefined;
  // A command that was refused has changed nothing.
  if (/^(?:\d+ incorrect password|command not allowed|user NOT in sudoers|a password is required)/.test(fields))
    return undefined;
  return { at: Number(at) / 1e6, user, folder: /\bPWD=(\S+)/.exec(fields)?.[1] ?? '', command };
}

/** `anna  pts/0  10.0.0.5  2026-11-29T09:00:01+00:00 - 2026-11-29T09:30:00+00:00  (00:29)` */
function sessionIn(line: string): Session | undefined {
  const [, user, from, begin, end] =
    /^(\S{1,64})\s+\S+\s+(?:(\S+)\s+)?(\d{4}-\d\d-\d\dT[\d:+,-]+)\s+(?:-\s+(\d{4}-\S+|\S+)|still|gone)/.exec(line) ??
    [];
  const seconds = (text = ''): number => Date.parse(text.replace(',', '.')) / 1000;
  if (!user || user === 'reboot' || user === 'shutdown' || !Number.isFinite(seconds(begin))) return undefined;
  const until = seconds(end);
  return {
    user,
    from: from ?? '',
    begin: seconds(begin),
    ...(Number.isFinite(until) ? { end: until } : {}),
  };
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
