/**
 * What people say in their own words, without a line of a log: of what things they speak, and what happened to them.
 * A case declares which of these must come together (`told`).
 */
import { pattern } from '../../../model/pattern.js';
import { clusterThings } from './cluster-things.js';
import { happenings } from './happenings.js';
import { hostThings } from './host-things.js';

const table = { ...hostThings, ...clusterThings, ...happenings };

/** A thing that is spoken of, or what happened to it: `clock`, `apart`. */
export type Notion = keyof typeof table;

/** A line that a program wrote: its level, its time, a record, a value, a place in its source, a chain of errors. */
const written = pattern(
  /\b[EWIF]\d{4} \d\d:|\blevel=|"level"|\berr(?:or)?=|\w\.go:\d+|^\s*(?:Warning|Normal) +\w+ |\bdial (?:tcp|udp)\b/,
  /|\bcode = |^\s*\{|\d\d:\d\d:\d\d|^\s*\[[\w/ -]{2,40}\]|^\s*[\w.-]{1,40}\[\d+\]: |^\S+ *\| |^\s*[|│+*:#-]/,
  // A prompt with what was typed, and what kubectl says of an object that it was to make or to take away.
  /|^\s*(?:[\w.@:~/-]{0,60} ?[#$%] )|^[\w./-]+ "[^"]{1,253}" \w+ed\b/,
  /|^\s*(?:Error|error|FATAL|fatal|panic|E|W): ?|Error from server|\bIN=\w* OUT=|\b[A-Z]{3,} {2,}[A-Z]{3,}/,
  /|^(?:[Ff]ailed|[Uu]nable|[Cc]annot|[Cc]ould not) \w.{0,300}": |: .{1,300}: /,
);
/** What a program writes too, and a person less. */
const doubtful = /: |"|=|\/v\d/;

/** The small words that bind a sentence. */
const binds = new RegExp(
  '\\b(?:' +
    'the|a|an|my|our|we|i|it|its|is|are|was|were|be|been|has|have|had|and|or|but|so|because|when|while|after|before|' +
    'since|if|on|in|at|as|of|to|from|with|without|between|through|by|for|that|this|there|not|no|can|now|still|only|' +
    'than|then|any|all|other|say|says|shows|tells' +
    ")\\b|n['\u2019]t\\b",
  'gi',
);
const mostOfSpeech = 1200;

const isSpeech = (lines: readonly string[]): boolean => {
  const whole = lines.join(' ');
  return (whole.match(binds) ?? []).length >= (doubtful.test(whole) ? 2 : 1);
};

/** Lines that stand together: a mail or a terminal breaks what somebody wrote in one go. */
const paragraphs = (lines: readonly string[]): readonly (readonly string[])[] =>
  lines.reduce<readonly (readonly string[])[]>(
    (all, line) =>
      written.test(line) || line.trim() === '' ? [...all, []] : [...all.slice(0, -1), [...(all.at(-1) ?? []), line]],
    [[]],
  );

/** What somebody wrote by hand, its lines joined by `by`; a text of many words is a document, and nobody's words. */
export const speechIn = (text: string, by = ' '): string => {
  const speech = paragraphs(text.split('\n'))
    .filter(isSpeech)
    .map(lines => lines.join(by))
    .join('\n');
  return speech.length > mostOfSpeech ? '' : speech;
};

/** A terminal breaks inside of words too. */
export const notionsIn = (text: string): ReadonlySet<Notion> => {
  const both = [...new Set([speechIn(text), speechIn(text, '')])];
  if (both.every(speech => speech === '')) return new Set();
  const names = Object.keys(table) as Notion[];
  return new Set(names.filter(name => both.some(speech => table[name].test(speech))));
};
