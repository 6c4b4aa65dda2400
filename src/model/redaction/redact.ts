/** Nothing secret enters a chart: what a host's script should have left out is taken out here once more. */
import { pattern } from '../pattern.js';
import { hideCutKeys } from './of-keys.js';
import { hideSecretObjects } from './of-objects.js';
import { groups, mayHold } from './patterns.js';

const gone = 'REDACTED';

export const redact = (text: string): string =>
  mayHold.test(text)
    ? groups.reduce(
        (now, { when, rules }) => (when && !when.test(now) ? now : rules.reduce(hidden, now)),
        hideSecretObjects(hideCutKeys(text)),
      )
    : text;

const hidden = (text: string, [pattern, put]: (typeof groups)[number]['rules'][number]): string =>
  typeof put === 'string' ? text.replace(pattern, put) : text.replace(pattern, put);

/** A blank inside of a word, while the words stand in a line. */
const [blank, inside] = [/\s/g, '\ue000'];

/** The words of a command, of which one says what the next one is: read as the line that a person would have typed. */
const redactWords = (words: readonly string[]): readonly string[] => {
  const each = words.map(redact);
  if (words.length < 2 || words.some(word => word === '' || word.includes(inside))) return each;
  const line = each.map(word => word.replace(blank, inside)).join(' ');
  const shown = redact(line).split(' ');
  if (shown.length !== words.length) return each;
  // What changed only as a part of the line.
  return each.map((word, at) => {
    const now = shown[at] ?? '';
    return now === word.replace(blank, inside) ? word : now.replaceAll(inside, ' ');
  });
};

/** Every string in a tree: also where only the name beside a value, or the word before it, says that it is a secret. */
export const redactTree = <T>(value: T): T => {
  if (typeof value === 'string') return redact(value) as T;
  if (isWords(value))
    return redactWords(value.map((word, at) => (isSpoken(value, at - 1) && isValue(word) ? gone : word))) as T;
  if (Array.isArray(value))
    return value.map((each, index) => (isSpoken(value, index - 1) && isValue(each) ? gone : redactTree(each))) as T;
  if (value === null || typeof value !== 'object') return value;
  const named = 'name' in value && typeof value.name === 'string' && variable.test(value.name);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      (named && key === 'value' ? typeof each === 'string' : secretName.test(key) && isValue(each))
        ? gone
        : redactTree(each),
    ]),
  ) as T;
};

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every(one => typeof one === 'string');

const exactly = /token|auth|authorization|identitytoken|secret|secretbox/;
const endsIn = pattern(
  /password|passwd|passphrase|secret|[-_]token|_pwd|_pass|_psk|client-key-data/,
  /|(?:api|access|private|preshared|storage|account)[-_]?key/,
);
const secretName = new RegExp(`^(?:${exactly.source}|(?!initial-cluster-token$).*(?:${endsIn.source}))$`, 'i');

/** Of an `env` entry. */
const variable =
  /pass(word|wd|phrase)|secret|token|credential|(api|access|private|storage|account)_?key|_pwd$|_pass$|_psk$/i;

const secretFlag =
  /^--?(?!-?initial-cluster-token$)[\w-]*(?:token|password|passwd|passphrase|secret|requirepass|masterauth)$/i;

/** A flag whose value is the next word of argv; `-a` says so to redis alone. */
const isSpoken = (words: readonly unknown[], at: number): boolean => {
  const before = words[at];
  if (typeof before !== 'string') return false;
  if (before === '-a') return words.some(one => typeof one === 'string' && /(?:^|\/)redis-cli$/.test(one));
  return secretFlag.test(before);
};

// A digest stays comparable, and the path of a secret is none.
const isValue = (one: unknown): boolean =>
  typeof one === 'number' || (typeof one === 'string' && !/^(sha256:|\/|pki\/|encryption\/|--|$)/.test(one));
