/** Since when and by whom, in words. */
import type { Author, Since } from '../../../model/drift.js';
import { lasting } from '../../duration.js';
import { cut, oneLine } from '../words.js';

/** `2026-11-29 09:01:12 UTC`. */
export const moment = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;

/** Only the time, where the day is that of `beside`. */
const short = (at: string, beside: string | undefined): string =>
  at.slice(0, 10) === beside?.slice(0, 10) ? at.slice(11, 19) : moment(at);

export function sinceText(since: readonly Since[], now: Date): string {
  const [first, last] = [since[0], since.at(-1)];
  if (!first || !last) return 'since when: not known';
  const ago = lasting(Math.max(0, (now.getTime() - Date.parse(last.at)) / 1000));
  const [begin, end] = [moment(first.at), moment(last.at)];
  const sameDay = begin.slice(0, 10) === end.slice(0, 10);
  const range = begin === end ? begin : sameDay ? `${begin.slice(0, 19)} to ${end.slice(11)}` : `${begin} to ${end}`;
  return `since ${range}${last.exact ? '' : ' or before'}, ${ago} ago`;
}

export function authorText(author: Author, since: string | undefined): string {
  const at = short(author.at, since);
  const who = 'who' in author ? oneLine(author.who) : '';
  switch (author.how) {
    case 'sudo':
      return `by ${who}, with sudo at ${at}: ${line(author.command)}`;
    case 'shell':
      return `perhaps ${who}, who opened a root shell at ${at}: ${line(author.command)}`;
    case 'session':
      return `logged in then: ${who}${author.from === '' ? '' : ` from ${oneLine(author.from)}`}, since ${at}`;
    case 'packages':
      return `by ${who === '' ? 'root' : who} at ${at}, as the package manager's log says: ${line(author.command)}`;
    case 'auditd':
      return `by ${who === '' ? 'a daemon' : who} at ${at}, as auditd says: ${line(author.program)}`;
    case 'api':
      return (
        `by ${who}${author.from === '' ? '' : ` from ${oneLine(author.from)}`} at ${at}, as the API's audit log ` +
        `says: ${oneLine(author.verb)} by ${line(author.program)}`
      );
    case 'manager':
      return `by ${who} at ${at}: the API names this program, and no person`;
    case 'run':
      return `by ${oneLine(author.command)} of ${who} at ${at}`;
    case 'itself':
      return `by itself: it ended at ${at} (${oneLine(author.result)}); kw doctor says why`;
  }
}

const line = (text: string): string => cut(oneLine(text), 120);
