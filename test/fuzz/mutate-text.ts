/** Mutations of a text as it is: bytes, lines, encodings, lengths. */
import type { Random } from './random.js';

/** Words at which parsers stumble. */
const words = [
  '',
  '\0',
  '\r\n',
  '\t',
  '\ufeff',
  '\ud800',
  '\u202e',
  '\u001b[2J',
  '"',
  "'",
  '`$(reboot)`',
  '\\',
  ': ',
  '- ',
  '{{',
  ']]',
  '&a *a',
  '<<: *a',
  '!!binary ',
  '!!js/function ',
  '%YAML 9.9\n---\n',
  '---\n',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'length',
  'toString',
  'null',
  'true',
  '~',
  '-0',
  '0x7fffffffffffffff',
  '9'.repeat(400),
  '1e309',
  'NaN',
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '255.255.255.255/33',
  '::ffff:10.0.0.1',
  '10.0.0.1-10.255.255.255',
  'w[1-999999999]',
  '2026-13-45T99:99:99Z',
  '%',
  '=',
  '==kw ',
  '$',
  ' x509: ',
  'dial tcp 10.0.0.1:',
];

const cut = (text: string, from: number, to: number, middle = ''): string =>
  `${text.slice(0, from)}${middle}${text.slice(to)}`;

type Mutation = (text: string, random: Random, other: string) => string;

const span = (text: string, random: Random): readonly [number, number] => {
  const from = random.below(text.length + 1);
  return [from, Math.min(text.length, from + 1 + random.below(random.chance(0.2) ? text.length + 1 : 40))];
};

const lines: Mutation = (text, random) => {
  const all = text.split('\n');
  const [one, two] = [random.below(all.length), random.below(all.length)];
  [all[one], all[two]] = [all[two] ?? '', all[one] ?? ''];
  return all.join('\n');
};

const flip: Mutation = (text, random) => {
  const bytes = Buffer.from(text);
  for (let n = 1 + random.below(4); n > 0 && bytes.length > 0; n--)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes.toString(random.pick(['utf8', 'latin1'] as const));
};

/** The plague of expressions that backtrack: the same thing very often. */
const repeat: Mutation = (text, random) => {
  const [from, to] = span(text, random);
  const piece = text.slice(from, Math.min(to, from + 200)) || ' ';
  const times = random.pick([2, 50, 5_000, 50_000]);
  return cut(text, from, to, piece.repeat(Math.max(1, Math.min(times, Math.floor(300_000 / piece.length)))));
};

const mutations: readonly Mutation[] = [
  flip,
  lines,
  repeat,
  (text, random) => cut(text, ...span(text, random)),
  (text, random) => cut(text, ...span(text, random), random.pick(words)),
  (text, random) => {
    const [at] = span(text, random);
    return cut(text, at, at, random.pick(words));
  },
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random, other) => text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1)),
  (text, random) => {
    const numbers = [...text.matchAll(/\d+/g)];
    const found = numbers.length > 0 ? random.pick(numbers) : undefined;
    if (!found) return text;
    const to = random.pick(['0', '-1', '65536', '4294967296', '9'.repeat(30), '1e400', '007', '']);
    return cut(text, found.index, found.index + found[0].length, to);
  },
  text => text.replaceAll('\n', '\r\n'),
  text => Buffer.from(text, 'utf16le').toString('latin1'),
  text => text.replace(/^/gm, '\t'),
];

export const mutateText = (text: string, random: Random, other: string): string => {
  let now = text;
  for (let n = 1 + random.below(4); n > 0; n--) now = random.pick(mutations)(now, random, other).slice(0, 2_000_000);
  return now;
};
