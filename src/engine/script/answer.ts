/**
 * What the control machine answers a script: one piece of shell for the whole list of questions, its length before it.
 */
import { quote, type Script } from '../../shell/sh.js';

/** go: act. drop: settled without acting (converged, blocked, stopped). later: ask again in the next turn. */
export type Word =
  | { readonly word: 'go'; readonly payload: Readonly<Record<string, string>> }
  /** `also`: what the script does beside it. */
  | { readonly word: 'drop'; readonly also?: Script }
  | { readonly word: 'later' };

export const later: Word = { word: 'later' };
export const drop: Word = { word: 'drop' };

export const answerText = (nonce: string, words: ReadonlyMap<number, Word>): string => {
  const lines = [...words].flatMap(([index, word]) => {
    if (word.word === 'later') return [];
    if (word.word === 'drop') return [...(word.also === undefined ? [] : [word.also]), `kw_s_${index}=x`];
    return [...Object.entries(word.payload).map(([name, value]) => `${name}=${quote(value)}`), `kw_s_${index}=go`];
  });
  return framed([...lines, `#${nonce}`].join('\n'));
};

/** After the proof of a unit in a turn: the units whose turn is over, none of which has to be put back any more. */
export const verdictText = (nonce: string, over: readonly string[]): string =>
  framed([...(over.length > 0 ? [`kw_over ${quote(over.join(' '))}`] : []), `#${nonce}`].join('\n'));

/** What the script is told beside its list of questions; nothing: it goes on. */
export const toldText = (nonce: string, told: readonly Script[]): string => framed([...told, `#${nonce}`].join('\n'));

/** Base64 text for `need`; nothing: the control machine does not have it. */
export const chunkText = (chunk: Buffer | undefined): string => framed(chunk?.toString('base64') ?? '');

const framed = (text: string): string => `${Buffer.byteLength(text)}\n${text}`;
