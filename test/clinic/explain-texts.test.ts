/**
 * Texts in words of their own, with what is behind them. `held-out` and `other-words` were written before anything was
 * tuned to them, `fresh-words` after the grammar stood. `other-peoples` has a text of each kind of what is nobody's, or
 * somebody else's, and illnesses in other people's coats. `working-clusters` is what clusters print that work: lines of
 * public threads and of the code that logs them. `by-voice` has what people paste of other programs, tools and clouds, in the
 * forms in which those write, beside noise of components.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';

interface Text {
  readonly kind: 'case' | 'harmless' | 'not-ours' | 'record';
  readonly expect: string;
  readonly text: string;
}

const folder = new URL('../corpus/texts/', import.meta.url);
const lines = (name: string): readonly string[] => readFileSync(new URL(name, folder), 'utf8').trim().split('\n');
const texts = (name: string): readonly Text[] => lines(name).map(line => JSON.parse(line) as Text);

const wrong = (all: readonly Text[], within: number): readonly string[] =>
  all.flatMap(({ text, kind, expect: wanted }) => {
    const { candidates, outside, accounts } = answer(text, cases);
    const named = candidates.map(one => one.case);
    const right =
      kind === 'case'
        ? named.slice(0, within).includes(wanted)
        : kind === 'record'
          ? accounts?.some(one => one.whom === wanted)
          : outside?.[0]?.id === wanted && named.length === 0;
    return right ? [] : [`${wanted}: ${text.slice(0, 90)} -> ${named.slice(0, 3).join(', ')}`];
  });

test.each([
  'tuning.jsonl',
  'held-out.jsonl',
  'other-words.jsonl',
  'fresh-words.jsonl',
  'other-peoples.jsonl',
  'working-clusters.jsonl',
  'by-voice.jsonl',
])('%s: the first, the first three, and what is not an illness', name => {
  const all = texts(name);
  const ill = all.filter(one => one.kind === 'case');
  const others = all.filter(one => one.kind === 'harmless' || one.kind === 'not-ours');
  const bounded = (found: readonly string[], share: number, of: number) =>
    expect(found.length <= share * of ? [] : found).toEqual([]);
  bounded(wrong(ill, 1), 0.15, ill.length);
  bounded(wrong(ill, 3), 0.05, ill.length);
  bounded(wrong(others, 1), 0.1, others.length);
  bounded(
    wrong(
      all.filter(one => one.kind === 'record'),
      1,
    ),
    0,
    1,
  );
});

test('ordinary lines name no illness, or say that they are only generic', () => {
  const told = lines('ordinary/lines.txt').filter(
    line => !['only-generic', undefined].includes(answer(line, cases).sure),
  );
  expect(told).toEqual([]);
});

test('bytes of journald and UTF-16 are read', () => {
  const output = 'dial tcp 10.0.0.11:2379: connect: connection refused';
  const bytes = JSON.stringify({ MESSAGE: [...new TextEncoder().encode(output)] });
  for (const text of [bytes, output.split('').join('\0')])
    expect(answer(text, cases).accounts?.[0]).toMatchObject({ whom: 'etcd', how: 'refused', at: '10.0.0.11:2379' });
});
