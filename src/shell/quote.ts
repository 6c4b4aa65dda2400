/** Words for a POSIX shell: no value reaches a shell unquoted (design, section 8). */

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
export const quote = (word: string): string => (bare.test(word) && !reserved.has(word) ? word : always(word));

const always = (word: string): string => {
  if (word.includes('\0')) throw new Error('a NUL character cannot be passed to a shell');
  return `'${word.replaceAll("'", `'\\''`)}'`;
};

export interface Raw {
  readonly raw: string;
}

/** Shell text that `sh` takes over as it is. */
export const raw = (text: string): Raw => ({ raw: text });

export type Word = string | number | Raw;

/**
 * A script whose interpolations are quoted: sh`rm -f ${path}`. An array becomes several words.
 * An interpolation never stands inside quotes or a here-document.
 */
export const sh = (texts: TemplateStringsArray, ...words: readonly (Word | readonly Word[])[]): string =>
  words.reduce<string>((script, word, index) => {
    const next = texts[index + 1] ?? '';
    return script + render(word, next) + next;
  }, texts[0] ?? '');

const render = (word: Word | readonly Word[], next: string): string => {
  if (isList(word)) return word.map((each, index) => render(each, index === word.length - 1 ? next : '')).join(' ');
  if (typeof word === 'object') return word.raw;
  const text = String(word);
  // `2>file` redirects, `'2'>file` does not.
  return /^\d+$/.test(text) && /^[<>]/.test(next) ? always(text) : quote(text);
};

const isList = (word: Word | readonly Word[]): word is readonly Word[] => Array.isArray(word);
