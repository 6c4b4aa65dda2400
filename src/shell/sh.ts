/**
 * The only maker of scripts for hosts. What a host, a pod or an API object said can reach a shell as one quoted word,
 * and in no other way: `sh` quotes every value, and takes shell text from its own literal or from another script alone.
 */

import type { Script } from '../model/script.js';

export type { Script } from '../model/script.js';

const bare = /^[A-Za-z0-9_%+:,./-]+$/;
// Bare, these would be grammar where a command may stand.
const reserved = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'do',
  'done',
  'case',
  'esac',
  'while',
  'until',
  'for',
  'in',
]);

/** One shell word that means exactly `word`. Throws on NUL, which no shell word can hold. */
export const quote = (word: string): Script =>
  bare.test(word) && !reserved.has(word) ? (word as Script) : always(word);

const always = (word: string): Script => {
  if (word.includes('\0')) throw new Error('a NUL character cannot be passed to a shell');
  return `'${word.replaceAll("'", `'\\''`)}'` as Script;
};

export interface Raw {
  readonly raw: Script;
}

/**
 * A script inside another, as shell text. Without it a script is a value like any other: one quoted word, as `sh -c`
 * wants it.
 */
export const raw = (script: Script): Raw => ({ raw: script });

export type Word = string | number | Raw;

/**
 * A script whose interpolations are quoted: sh`rm -f ${path}`. An array becomes several words.
 * An interpolation never stands inside quotes or a here-document.
 */
export const sh = (texts: TemplateStringsArray, ...words: readonly (Word | readonly Word[])[]): Script =>
  words.reduce<string>((script, word, index) => {
    const next = texts[index + 1] ?? '';
    return script + render(word, next) + next;
  }, texts[0] ?? '') as Script;

const render = (word: Word | readonly Word[], next: string): string => {
  if (isList(word)) return word.map((each, index) => render(each, index === word.length - 1 ? next : '')).join(' ');
  if (typeof word === 'object') return word.raw;
  const text = String(word);
  // `2>file` redirects, `'2'>file` does not.
  return /^\d+$/.test(text) && /^[<>]/.test(next) ? always(text) : quote(text);
};

const isList = (word: Word | readonly Word[]): word is readonly Word[] => Array.isArray(word);

/** Several scripts as one: a line each, or joined by a word of the shell's grammar. */
export const scripts = (
  all: readonly Script[],
  between: '\n' | '; ' | ' && ' | ' || ' | ' | ' | '|' | ' ' | '' = '\n',
): Script => all.join(between) as Script;
