/** How people write secrets into commands: as words, in quotes, inside of scripts that are a word themselves. */

import { pattern } from '../pattern.js';

export type Rule = readonly [RegExp, (whole: string, ...groups: readonly string[]) => string];

const gone = 'REDACTED';

/** Base64 may begin as a path does, so a path is one below a folder that hosts have. */
export const path =
  '\\/(?:etc|var|run|root|home|usr|opt|srv|mnt|tmp|data|dev|proc|sys|lib|app|config|secrets|vault|certs|pki)\\/';
// What is gone is gone; a quote that ends a word without a value is followed by a blank or by a comma.
const kept = `(?!REDACTED|sha256:|${path}|[\\s,])`;

/**
 * A secret behind `head` and `name`, between which it may be quoted, by a quote that may itself be escaped: all of it
 * goes, with its blanks. What was quoted stays quoted. Neither may have groups that capture.
 */
export const hiddenBehind = (head: string, name: string, flags = 'g'): Rule => [
  new RegExp(
    `(${head})(?:(")(${name})${kept}(?:\\\\[^\\n]|[^"\\\\\\n])+"|(')(${name})${kept}[^'\\n]+'` +
      `|((?<!\\\\)\\\\+["'])(${name})${kept}(?:(?!\\6)[^\\n])+\\6` +
      `|(["']?)(${name})${kept}(?![{[])(?:[^\\s"',\\]}\\\\]|\\\\(?!n)[^\\n"']|[,\\]}](?=\\w))+)`,
    flags,
  ),
  (_, before = '', ...groups) => {
    const [quote = '', known = ''] = [0, 2, 4, 6].flatMap(at =>
      groups[at + 1] === undefined ? [] : [groups[at] ?? '', groups[at + 1] ?? ''],
    );
    return `${before}${quote}${known}${gone}${groups[7] === undefined ? quote : ''}`;
  },
];

/** Where a word may begin: behind a line's written end it stands beside an `n`. */
export const starts = '(?:\\b|(?<=\\\\n))';
const begins = '(?<![\\w.-])|(?<=\\\\n)';
/** One that is whole at its beginning, looked for by its letters. */
export const word = (name: string): string => `(?:${name})(?<=(?:${begins})(?:${name}))`;

const mark = '(?:\\\\*["\'])?';
/** Between two words: of a line, of a list in JSON, of two lines of a YAML list. */
export const next = `${mark}(?:=|\\s*,\\s*|(?:\\s|\\\\+n)+(?:-\\s+)?)`;
/** The same, or nothing at all: the value stands right behind its letter. */
export const nextOrRight = `(?:${next}|(?![=\\s,]))`;
/** The option of a program that is the password there, and another thing elsewhere. */
const option = (programs: string, letter: string): Rule =>
  hiddenBehind(`${starts}(?:${programs})\\b[^\\n]{0,200}?[\\s"']-${letter}${nextOrRight}`, '');
/** What comes behind these words. */
const after = (words: string): Rule => hiddenBehind(`${starts}${words}\\s+`, '');

/** What reads a password from stdin: whatever is printed into it is one. */
const readers = pattern(
  /chpasswd\b|-stdin\b|\bsudo\s+(?:-\w+\s+){0,9}-S\b|wg\s+(?:set|pubkey|addconf)\b|cryptsetup\b|kinit\b/g,
  /|realm\s+join\b/,
);

const headers = '(?:proxy-)?authorization|private-token|job-token|cookie|x-[\\w-]*(?:token|key|secret|auth|password)';
const scheme = '(?:(?:bearer|basic|token|digest|negotiate)\\s+)?';

export const rulesOfCommands: readonly Rule[] = [
  [new RegExp(`^[^\\n]*(?:${readers.source})[^\\n]*$`, 'gm'), line => printed(line)],
  option('sshpass', 'p'),
  option('(?:docker|podman|nerdctl|helm|buildah|skopeo|oras|crane)[\\w\\s-]{0,30}?\\slogin', 'p'),
  option('useradd|usermod', 'p'),
  option('openssl\\s+(?:enc|aes-[\\w-]+)', '[kK]'),
  option('ldap\\w+', 'w'),
  option('ipmitool|zip|unzip', 'P'),
  hiddenBehind(`--from-literal${next}`, '[\\w.-]+='),
  hiddenBehind(`--from-literal${next}[\\w.-]+=`, ''),
  hiddenBehind('\\s-o\\s*', '[^\\s"\']*\\bpass(?:word)?='),
  hiddenBehind('\\bpass:', ''),
  after('htpasswd\\s+-\\w*b\\w*\\s+\\S+\\s+\\S+'),
  after('vault\\s+login(?:\\s+-\\S+){0,9}'),
  after('rabbitmqctl\\s+(?:add_user|change_password)\\s+\\S+'),
  hiddenBehind('\\bsmbclient\\b[^\\n]{0,200}?\\s-U\\s*', '[^\\s%"\']+%'),
  hiddenBehind('(?:--user|\\s-u)(?:=|\\s+)', '[^\\s:"\'/]+:(?!\\/\\/)'),
  hiddenBehind('', `\\b(?:${headers})[ \\t]*:[ \\t]*${scheme}`, 'gi'),
];

/** From the first word that prints up to the pipe behind which it is read. */
const printed = (line: string): string => {
  const word = /(?:^|[\s;&|("'/]|\\n)(?:echo|printf)\s+|<<<\s*/.exec(line);
  if (!word) return line;
  const from = word.index + word[0].length;
  const read = [...line.matchAll(readers)].at(-1)?.index ?? 0;
  const pipe = word[0].startsWith('<<<') ? -1 : line.slice(0, read).lastIndexOf('|');
  return `${line.slice(0, from)}${gone}${pipe > from ? ` ${line.slice(pipe)}` : ''}`;
};
