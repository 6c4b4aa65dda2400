/** A line that complains in words of its own: its innermost clause, where the grammar knows no better. */
import { uncoated } from './coats.js';
import { pattern } from '../../model/pattern.js';

/** Levels of klog, logrus, zap, capnslog, events, and what tools put in front. */
const complains = pattern(
  /^(?:.{0,80}\s)?[EF]\d{4} \d\d:|\blevel=(?:error|fatal|panic)|"level":"(?:error|fatal|panic)"/,
  /|\b(?:ERROR|ERRO|FATAL|FATA)\b/,
  /|\bCRITICAL\b|\bSEVERE\b|\b[Ee]rror: | Warning +[A-Z]\w+ |\[ERR|\[emerg\]/,
  /|\berror \w+ing \w|\btimed out waiting\b|soft lockup|blocked for more than \d|too old\b/,
  /|\b(?:[Ff]ailed|[Uu]nable|[Cc]annot) (?:to )?\w/,
);

export const complaintIn = (text: string): string | undefined => {
  // JSON says its level outside of the message.
  const lines = text
    .replace(/\0/g, '')
    .split('\n')
    .slice(-400)
    .filter(one => complains.test(one.slice(0, mostRead)));
  // Who only tells that a program has ended comes behind it, and knows less.
  const line = lines.findLast(one => !supervises.test(one)) ?? lines.at(-1);
  const clause = line === undefined ? '' : innermost(uncoated(line).slice(0, mostRead));
  return clause === '' ? undefined : clause;
};

/** systemd, runit, supervisord, a kubelet's back-off. */
const supervises = pattern(
  /\bsystemd\[\d+\]: |Main process exited|Failed with result '|\b(?:start|restart)-limit\b/,
  /|supervisord?\b.{0,80}exited|Back-off .{0,20}restarting failed/,
);

const mostRead = 4096;

/** Of `a: b: c` it is `c`, and more of it where that is only a word. */
const innermost = (line: string): string => {
  const plain = line.replace(/\\+"/g, '"').replace(/\\+n/g, ' ');
  const [, value = plain] = [...plain.matchAll(/\b(?:err|error|msg|message)="?([^"]{8,})"/g)].at(-1) ?? [];
  const parts = value
    .replace(/^.{0,120}\.go:\d+\]\s*/, '')
    .trim()
    .split(/: +/);
  let clause = '';
  while (parts.length > 0 && clause.split(/\s+/).length < 4) {
    const part = parts.pop() ?? '';
    clause = clause === '' ? part : `${part}: ${clause}`;
  }
  return clause.replace(/^["'\s]+|["'\s]+$/g, '').slice(0, 160);
};
