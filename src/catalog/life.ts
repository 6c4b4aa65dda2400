/** When something came into Kubernetes, or went. */
import { minorNumber } from './versions.js';

/**
 * `gone` "1.23..1.24": surely there up to 1.23, surely not from 1.24 on. `added` "1.21..1.24": surely not up to 1.21,
 * surely there from 1.24 on. A wide span is an honest one: the exact minor is not known.
 */
export interface LifeTable {
  readonly always: readonly string[];
  readonly gone: Readonly<Record<string, readonly string[] | undefined>>;
  readonly added: Readonly<Record<string, readonly string[] | undefined>>;
}

export interface Life {
  readonly how: 'always' | 'gone' | 'added';
  readonly last: number;
  readonly first: number;
}

/** unsure: it went or came between two minors, and this version lies between what is known for sure. */
export type Presence = 'yes' | 'no' | 'unsure' | 'unheard';

export const livesOf = (table: LifeTable): ReadonlyMap<string, Life> =>
  new Map<string, Life>([
    ...table.always.map((name): [string, Life] => [name, { how: 'always', last: 0, first: 0 }]),
    ...(['gone', 'added'] as const).flatMap(how =>
      Object.entries(table[how]).flatMap(([span, names]) =>
        (names ?? []).map((name): [string, Life] => [name, { how, ...ends(span) }]),
      ),
    ),
  ]);

export const presenceIn = (life: Life | undefined, minor: number): Presence => {
  if (!life) return 'unheard';
  if (life.how === 'always') return 'yes';
  if (minor <= life.last) return life.how === 'gone' ? 'yes' : 'no';
  if (minor >= life.first) return life.how === 'gone' ? 'no' : 'yes';
  return 'unsure';
};

/** `gone since 1.24`, `comes with 1.29`, or between which minors. */
export const lifeInWords = ({ how, last, first }: Life): string => {
  const exact = first - last === 1;
  if (how === 'added') return exact ? `comes with 1.${first}` : `comes after 1.${last}, at the latest with 1.${first}`;
  return exact ? `gone since 1.${first}` : `gone after 1.${last}, at the latest with 1.${first}`;
};

const ends = (span: string): { readonly last: number; readonly first: number } => {
  const [last = '', first = ''] = span.split('..');
  return { last: minorNumber(last), first: minorNumber(first) };
};
