/** Texts that are no illness of the cluster: harmless lines, and troubles that somebody else must solve. */
import { readings } from '../examine/normalise.js';
import { uncoated } from './coats.js';
import { harmless } from './harmless-lines.js';
import type { Known } from './known.js';
import { notOurs } from './not-ours.js';

export interface Outside extends Omit<Known, 'text' | 'but'> {
  /** What of the text says so, cut to 160 characters. */
  readonly message: string;
}

const all: readonly Known[] = [...harmless, ...notOurs];

/** What is outside of the cluster, and the lines that remain to be explained. */
export const outsideIn = (text: string): { readonly outside: readonly Outside[]; readonly rest: string } => {
  const lines = uncoated(text).split('\n');
  const known = all.filter(({ but }) => !but?.test(text));
  const outside = known.flatMap(({ text: pattern, but: _, ...one }) => {
    const hit = [...lines, ...readings(text)].map(each => pattern.exec(each)?.[0]).find(each => each !== undefined);
    return hit === undefined ? [] : [{ ...one, message: hit.trim().slice(0, 160) }];
  });
  if (outside.length === 0) return { outside, rest: text };
  const left = lines.filter(line => !known.some(one => one.text.test(line)));
  // Said by no single line: the paste broke it, and its halves are no text of their own.
  return { outside, rest: left.length === lines.length ? '' : left.join('\n') };
};
