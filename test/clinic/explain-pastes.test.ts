/**
 * Whole pastes, as people bring them: several lines, commands, listings and remarks of their own. One half was learned
 * from, the other was only ever counted. What is harmless or not the cluster's is said so, and names no illness.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';

interface Paste {
  readonly kind: 'harmless' | 'not-ours' | 'case';
  readonly expect?: string;
  readonly text: string;
}

const pastes = (name: string): readonly Paste[] =>
  readFileSync(new URL(`../corpus/texts/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Paste);

const isRight = ({ kind, expect: wanted = '', text }: Paste, within: number): boolean => {
  const { candidates, outside } = answer(text, cases);
  return kind === 'case'
    ? candidates
        .slice(0, within)
        .map(one => one.case)
        .includes(wanted)
    : outside?.[0]?.kind === kind && candidates.length === 0;
};

/** The share that must be right; what is missed is shown where it is too little. */
const atLeast = (all: readonly Paste[], share: number, within = 1): void => {
  const missed = all.filter(one => !isRight(one, within)).map(({ text }) => text.slice(0, 90));
  expect(missed.length <= (1 - share) * all.length ? [] : missed).toEqual([]);
};

const of = (all: readonly Paste[], kind: Paste['kind']): readonly Paste[] => all.filter(one => one.kind === kind);

test.each([
  { name: 'pastes-learned', harmless: 0.9, foreign: 0.95 },
  { name: 'pastes-apart', harmless: 0.75, foreign: 0.9 },
])('$name', ({ name, harmless, foreign }) => {
  const all = pastes(name);
  atLeast(of(all, 'harmless'), harmless);
  atLeast(of(all, 'not-ours'), foreign);
  atLeast(of(all, 'case'), 0.85);
  atLeast(of(all, 'case'), 0.95, 3);
});

/** That somebody was not reached is an effect: it is told as one, beside the way to measure. */
test.each([
  ['Unable to connect to the server: EOF', 'effect'],
  ['Unable to connect to the server: net/http: TLS handshake timeout', 'effect'],
  ['failed calling webhook "v.shop.example": failed to call webhook: Post "https://v.shop.svc:443/": EOF', 'effect'],
  ['failed calling webhook "v.shop.example": Post "https://v.shop.svc:443/": context deadline exceeded', 'effect'],
  ['failed calling webhook "v.shop.example": no endpoints available for service "v"', 'likely'],
  ['failed calling webhook "v.shop.example": service "v" not found', 'likely'],
])('%s', (text, sure) => {
  expect(answer(text, cases).sure).toBe(sure);
  if (sure === 'effect') expect(answer(text, cases).record).toBeDefined();
});
