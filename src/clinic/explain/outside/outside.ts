/** Texts that are no illness of the cluster: harmless lines, and troubles that somebody else must solve. */
import { readings } from '../../examine/normalise.js';
import { apart } from '../apart.js';
import { uncoated } from '../coats.js';
import { accountsIn } from '../grammar.js';
import { clouds } from './clouds.js';
import { controllers } from './controllers.js';
import { harmlessChatter } from './harmless-chatter.js';
import { harmless } from './harmless-lines.js';
import { harmlessStarts } from './harmless-starts.js';
import { harmlessWarnings } from './harmless-warnings.js';
import { images } from './images.js';
import type { Known } from './known.js';
import { programFiles } from './program-files.js';
import { programs } from './programs.js';
import { requests } from './requests.js';
import { tools } from './tools.js';

export interface Outside extends Omit<Known, 'text' | 'says' | 'but' | 'beside'> {
  /** What of the text says so, cut to 160 characters. */
  readonly message: string;
}

const all: readonly Known[] = [
  ...harmless,
  ...harmlessStarts,
  ...harmlessChatter,
  ...harmlessWarnings,
  ...images,
  ...clouds,
  ...requests,
  ...tools,
  ...programFiles,
  ...programs,
  ...controllers,
];

/** Who failed with whom is asked of so many lines only: the end is nearest to the trouble. */
const mostLines = 400;

/** What is outside of the cluster, and the lines that remain to be explained. */
export const outsideIn = (text: string): { readonly outside: readonly Outside[]; readonly rest: string } => {
  const lines = uncoated(text).split('\n');
  const known = all.filter(({ but, beside }) => !but?.test(text) && (beside?.test(text) ?? true));
  const from = lines.length - mostLines;
  const accounts = lines.map((line, at) => (at < from ? [] : accountsIn(line)));
  const isIn = (one: Known, at: number): boolean =>
    one.text?.test(lines[at] ?? '') === true || (one.says !== undefined && (accounts[at] ?? []).some(one.says));
  const wholes = readings(apart(text));
  // One line is told once, by the first that knows it.
  const taken = new Set<number>();
  const outside = known.flatMap(one => {
    const at = lines.findIndex((_, index) => isIn(one, index));
    if (taken.has(at)) return [];
    if (at >= 0) taken.add(at);
    const hit =
      at < 0 ? wholes.map(each => one.text?.exec(each)?.[0]).find(each => each !== undefined) : quoted(one, lines[at]);
    const { kind, id, why, todo } = one;
    return hit === undefined ? [] : [{ kind, id, why, todo, message: hit.trim().slice(0, 160) }];
  });
  if (outside.length === 0) return { outside, rest: text };
  // What somebody must mend is told before what nobody need mend.
  const told = [...outside.filter(one => one.kind === 'not-ours'), ...outside.filter(one => one.kind === 'harmless')];
  const left = lines.filter((_, at) => !known.some(one => isIn(one, at)));
  // Said by no single line: the paste broke it, and its halves are no text of their own.
  return { outside: told, rest: left.length === lines.length ? '' : left.join('\n') };
};

const quoted = ({ text }: Known, line = ''): string => text?.exec(line)?.[0] ?? line;
