/** Which directives of ssh_config(5) are for one host: an own reading of Host and Match, where ssh cannot be asked. */
import type { Block, Directive } from './file.js';

export interface Asked {
  /** The word that ssh is given. */
  readonly host: string;
  /** Given beside it (`-l`), else the local user. */
  readonly user: string;
  readonly localUser: string;
}

export interface Matched {
  /** First value of each key (all of those that may be repeated), in small letters, with its place. */
  readonly values: ReadonlyMap<string, readonly Directive[]>;
  /** Blocks that only ssh itself can judge (exec, canonical, final, localnetwork, tagged …). */
  readonly undecided: readonly Directive[];
}

const repeated = new Set([
  'certificatefile',
  'dynamicforward',
  'identityfile',
  'localforward',
  'permitremoteopen',
  'remoteforward',
  'sendenv',
  'setenv',
]);

export const matched = (directives: readonly Directive[], asked: Asked): Matched => {
  const values = new Map<string, Directive[]>();
  const undecided: Directive[] = [];
  const judged = new Map<Block, boolean | undefined>();
  for (const directive of directives) {
    const name = values.get('hostname')?.[0]?.words[0]?.replaceAll('%h', asked.host) ?? asked.host;
    const user = values.get('user')?.[0]?.words[0] ?? asked.user;
    const fits = directive.under.map(block => {
      // A block is judged where it begins, by what was said before it.
      if (!judged.has(block)) judged.set(block, isFor(block, { ...asked, name, user }));
      return judged.get(block);
    });
    if (fits.includes(false)) continue;
    if (fits.includes(undefined)) {
      undecided.push(directive);
      continue;
    }
    const known = values.get(directive.key);
    if (!known) values.set(directive.key, [directive]);
    else if (repeated.has(directive.key)) known.push(directive);
  }
  return { values, undecided };
};

type Place = Asked & { readonly name: string };

/** undefined: only ssh can say. */
const isFor = ({ kind, words }: Block, place: Place): boolean | undefined =>
  kind === 'host' ? matchesAny(words, place.host) : criteria(words, place);

const criteria = (words: readonly string[], place: Place): boolean | undefined => {
  let fits: boolean | undefined = true;
  for (let n = 0; n < words.length; n++) {
    const word = (words[n] ?? '').toLowerCase();
    const negated = word.startsWith('!');
    const name = negated ? word.slice(1) : word;
    const one = name === 'all' ? true : criterion(name, (words[++n] ?? '').split(','), place);
    if (one === undefined) fits = fits === false ? false : undefined;
    else if (one === negated) fits = false;
  }
  return fits;
};

const criterion = (name: string, patterns: readonly string[], place: Place): boolean | undefined => {
  const of: Readonly<Record<string, string>> = {
    host: place.name,
    originalhost: place.host,
    user: place.user,
    localuser: place.localUser,
  };
  const value = of[name];
  return value === undefined ? undefined : matchesAny(patterns, value);
};

/** PATTERNS of ssh_config(5): one must fit, and none with `!` before it. */
export const matchesAny = (patterns: readonly string[], text: string): boolean =>
  !patterns.some(each => each.startsWith('!') && fitsPattern(each.slice(1), text)) &&
  patterns.some(each => !each.startsWith('!') && fitsPattern(each, text));

const fitsPattern = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .toLowerCase()
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.')}$`,
  ).test(text.toLowerCase());
