/** The text of ssh_config(5) as directives with their places. What they mean is for others to say. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { isOurs, whoRuns } from '../../person.js';

/** `Host a b` or `Match user x exec "y"`, as written. */
export interface Block {
  readonly kind: 'host' | 'match';
  readonly words: readonly string[];
}

export interface Directive {
  /** Small letters: `hostname`. */
  readonly key: string;
  readonly words: readonly string[];
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** Blocks in which it stands: its own, and those around the Include of its file. */
  readonly under: readonly Block[];
}

export interface ConfigText {
  readonly directives: readonly Directive[];
  /** Files that were read, in the order of reading. */
  readonly files: readonly string[];
  /** `PATH: why`, of files that are there and cannot be read. */
  readonly unreadable: readonly string[];
}

export interface ConfigPlace {
  readonly path: string;
  /** Where relative Includes of it lie. */
  readonly includes: string;
  /** It is the user's own, which names commands to run: as ssh has it, nobody else may have written it. */
  readonly own?: true;
}

// As OpenSSH: READCONF_MAX_DEPTH.
const deepest = 16;

/** Files that do not exist are skipped. @param home The user's home folder, for `~`. */
export const readConfigText = (places: readonly ConfigPlace[], home: string): ConfigText => {
  const all: { directives: Directive[]; files: string[]; unreadable: string[] } = {
    directives: [],
    files: [],
    unreadable: [],
  };
  const read = (place: ConfigPlace, under: readonly Block[], depth: number): void => {
    const { path, includes } = place;
    const text = textOf(place, all.unreadable);
    if (text === undefined || depth > deepest) return;
    all.files.push(path);
    let block: Block | undefined;
    for (const [index, content] of text.split(/\r?\n/).entries()) {
      const [key = '', ...words] = wordsOf(content);
      const name = key.toLowerCase();
      if (name === '') continue;
      if (name === 'host' || name === 'match') block = { kind: name, words };
      else if (name === 'include') {
        const around = block ? [...under, block] : under;
        for (const word of words)
          for (const file of glob(placeOf(word, includes, home))) read({ ...place, path: file }, around, depth + 1);
      } else
        all.directives.push({
          key: name,
          words,
          file: path,
          line: index + 1,
          under: block ? [...under, block] : under,
        });
    }
  };
  for (const place of places) read(place, [], 0);
  return all;
};

const textOf = ({ path, own }: ConfigPlace, unreadable: string[]): string | undefined => {
  try {
    const text = readFileSync(path, 'utf8');
    if (!own || isAlone(path)) return text;
    unreadable.push(`${path}: others may write it, or own it`);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') unreadable.push(`${path}: ${message}`);
    return undefined;
  }
};

const isAlone = (path: string): boolean => {
  const { uid, mode } = statSync(path);
  return isOurs(uid, whoRuns()) && (mode & 0o022) === 0;
};

/** Keyword and arguments: blanks or one `=` between the first two, double quotes around what holds blanks. */
export const wordsOf = (line: string): readonly string[] => {
  const bare = line.trim();
  if (bare === '' || bare.startsWith('#')) return [];
  const [, key = '', rest = ''] = /^([^\s=]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(bare) ?? [];
  const words = [...rest.matchAll(/"([^"]*)"|(#.*$)|([^\s"]+)/g)]
    .filter(([, , comment]) => comment === undefined)
    .map(([, quoted, , word]) => quoted ?? word ?? '');
  return [key, ...words];
};

const placeOf = (word: string, includes: string, home: string): string => {
  const path = word.replace(/^~(?=\/|$)/, home);
  return isAbsolute(path) ? path : join(includes, path);
};

/** Paths that fit, sorted as glob(3) does; `*` and `?` match no dot at the beginning of a name. */
const glob = (pattern: string): readonly string[] => {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const folder = dirname(pattern);
  const name = new RegExp(
    `^${pattern
      .slice(folder.length + (folder.endsWith('/') ? 0 : 1))
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return glob(folder).flatMap(found => {
    try {
      return readdirSync(found)
        .filter(each => name.test(each) && !each.startsWith('.'))
        .sort()
        .map(each => join(found, each));
    } catch {
      return [];
    }
  });
};
