/** Times, sizes and texts as people read them. */
import { wrapped } from '../../plan/wrap.js';
import { escapeForTerminal } from '../../shell/terminal.js';

/** `3.2 s`, `1:05`, `2:00:05`. */
export const duration = (seconds: number): string => {
  if (seconds < 60) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/** `1 host`, `2 hosts`. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;

/** From a host to one line of a terminal. */
export const oneLine = (text: string): string => escapeForTerminal(text.replaceAll(/\s+/g, ' ').trim());

/** At most `width` characters, the last one an ellipsis where something is missing. */
export const cut = (text: string, width: number): string => {
  const letters = [...text];
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join('')}…`;
};

/** `kw-1/file//etc/hosts` as `file /etc/hosts`: the host stands beside it anyway. */
export const stepName = (id: string): string => {
  const [, kind = '', ...key] = id.split('/');
  return oneLine(`${kind} ${key.join('/')}`);
};

/**
 * Wrapped at words for a terminal of so many columns. Lines of the user's own file stay as they are: a caret stands
 * below them. A pipe has no columns, and gets whole lines.
 */
export const inColumns = (text: string, columns?: number): string =>
  columns === undefined
    ? text
    : text
        .split('\n')
        .flatMap(line => (/^ +\d* \| /.test(line) ? [line] : wrapped(line, columns)))
        .join('\n');
