/** Texts that are no illness of the cluster: harmless lines, and troubles that somebody else must solve. */
import { readings } from '../../examine/normalise.js';
import { apart } from '../apart.js';
import { uncoated } from '../coats.js';
import { accountsIn } from '../grammar.js';
import { builders } from './builders.js';
import { cameRightIn } from './came-right.js';
import { clouds } from './clouds.js';
import { controllers } from './controllers.js';
import { harmlessChatter } from './harmless-chatter.js';
import { harmless } from './harmless-lines.js';
import { harmlessStarts } from './harmless-starts.js';
import { harmlessWarnings } from './harmless-warnings.js';
import { images } from './images.js';
import { wellIn } from './listings.js';
import { frames } from './frames/index.js';
import { overIn } from './over.js';
import type { Known, Outside } from './known.js';
import { ownMachine } from './own-machine.js';
import { podEnds } from './pod-ends.js';
import { programFiles } from './program-files.js';
import { programs } from './programs.js';
import { requests } from './requests.js';
import { tools } from './tools.js';
import { voices } from './voices.js';

export type { Outside } from './known.js';

const all: readonly Known[] = [
  ...harmless,
  ...harmlessStarts,
  ...harmlessChatter,
  ...harmlessWarnings,
  ...frames,
  ...images,
  ...clouds,
  ...requests,
  ...ownMachine,
  ...tools,
  ...builders,
  ...programFiles,
  ...programs,
  ...controllers,
  ...podEnds,
  ...voices,
];

/** Who failed with whom is asked of so many lines only: the end is nearest to the trouble. */
const mostLines = 400;

/** What is outside of the cluster, and the lines that remain to be explained. */
export const outsideIn = (text: string): { readonly outside: readonly Outside[]; readonly rest: string } => {
  const plain = uncoated(text);
  const well = wellIn(plain);
  if (well.length > 0) return { outside: well, rest: '' };
  const lines = plain.split('\n');
  const over = overOf(lines);
  const known = foundIn(text, lines, over.at);
  const byLine = new Set([...over.at, ...known.flatMap(({ at }) => at)]);
  // What no single line says is looked for in what is left of the text: a line that is explained says no more.
  const left = byLine.size === 0 ? text : lines.filter((_, at) => !byLine.has(at)).join('\n');
  const wholes = readings(apart(left));
  // One line is told once, by the first that knows it.
  const taken = new Set<number>();
  const outside = known.flatMap(({ one, at: [first = -1] }) => {
    if (taken.has(first)) return [];
    if (first >= 0) taken.add(first);
    const { kind, id, why, todo } = one;
    const hit = first < 0 ? wholes.flatMap(each => phraseIn(one, each) ?? [])[0] : quoted(one, lines[first]);
    return hit === undefined ? [] : [{ kind, id, why, todo, message: hit.trim().slice(0, 160) }];
  });
  const all = [...over.outside, ...outside];
  if (all.length === 0) return { outside: all, rest: text };
  // What somebody must mend is told before what nobody need mend.
  const told = [...all.filter(one => one.kind === 'not-ours'), ...all.filter(one => one.kind === 'harmless')];
  // Said by no single line: the paste broke it, and its halves are no text of their own.
  return { outside: told, rest: byLine.size === 0 ? '' : left };
};

/** By what is known to pass, or by whatever the text itself takes back. */
const overOf = (lines: readonly string[]): ReturnType<typeof overIn> => {
  const known = overIn(lines);
  return known.at.size > 0 ? known : cameRightIn(lines);
};

interface Found {
  readonly one: Known;
  readonly at: readonly number[];
}

/** Each that can hold in this text, with its lines: what comes more often than it may is none. */
const foundIn = (text: string, lines: readonly string[], over: ReadonlySet<number>): readonly Found[] => {
  const from = lines.length - mostLines;
  const accounts = lines.map((line, at) => (at < from ? [] : accountsIn(line)));
  const isIn = (one: Known, at: number): boolean =>
    !over.has(at) &&
    (phraseIn(one, lines[at] ?? '') !== undefined ||
      (one.says !== undefined && (accounts[at] ?? []).some(one.says) && !one.unless?.test(lines[at] ?? '')));
  return all
    .filter(({ but, beside }) => !but?.test(text) && (beside?.test(text) ?? true))
    .map(one => ({ one, at: lines.flatMap((_, at) => (isIn(one, at) ? [at] : [])) }))
    .filter(({ one, at }) => at.length <= (one.most ?? Number.POSITIVE_INFINITY));
};

const phraseIn = ({ text, unless }: Known, line: string): string | undefined => {
  const hit = text?.exec(line)?.[0];
  return hit === undefined || unless?.test(line) ? undefined : hit;
};

/** From where it begins: half a word tells nobody which line is meant. */
const quoted = ({ text }: Known, line = ''): string => line.slice(text?.exec(line)?.index ?? 0);
