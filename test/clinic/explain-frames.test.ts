/**
 * Frames make a line harmless by how it is told. Each says who prints it on a cluster that works, and what looks alike
 * and is an illness, or may be one: in no carrier may that be called harmless.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { frames } from '../../src/clinic/explain/outside/frames/index.js';
import { passing } from '../../src/clinic/explain/outside/over.js';
import { anyText, errorLine, oneLine } from './carriers.js';

const declared = [...frames, ...passing];

test('each frame has an id of its own, a source and a near miss', () => {
  const ids = passing.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { source, near } of declared) expect([source.length > 0, near.length > 0]).toEqual([true, true]);
});

test('each frame has a line that it knows among those of working clusters', () => {
  const file = new URL('../corpus/texts/working-clusters.jsonl', import.meta.url);
  const texts = readFileSync(file, 'utf8').trim().split('\n');
  const known = new Set(texts.map(line => (JSON.parse(line) as { readonly expect: string }).expect));
  expect(declared.map(({ id }) => id).filter(id => !known.has(id))).toEqual([]);
});

const harmless = (text: string): readonly string[] =>
  (answer(text, cases).outside ?? []).flatMap(({ kind, id }) => (kind === 'harmless' ? [id] : []));

describe.each(declared.flatMap(({ id, near }) => near.map(text => ({ id, text }))))('near $id: $text', ({ text }) => {
  const carriers = { ...anyText, ...(text.includes('\n') ? {} : { ...oneLine, ...errorLine }) };
  test.each(Object.entries(carriers))('%s', (_, coat) => {
    expect(harmless(coat(text))).toEqual([]);
  });
});

/** Once is a start; what keeps coming is none. */
test.each([
  ['E0102 03:04:05.000000 7 node.go:1] Failed to retrieve node info: nodes "m1" not found', 'node-not-yet', 3],
  ['{"level":"warn","msg":"apply request took too long","took":"102.7ms","expected-duration":"100ms"}', 'slow-once', 2],
] as const)('%s is harmless as often as it may come', (line, id, most) => {
  const times = (count: number): string => Array.from({ length: count }, () => line).join('\n');
  expect(harmless(times(most))).toEqual([id]);
  expect(harmless(times(most + 1))).toEqual([]);
});

/** A trouble that the same text ends is over; one that begins again is not. */
test.each([
  [
    'lease-got',
    'E0102 03:04:05 1 a.go:1] error retrieving resource lock ops/a: leases "a" is forbidden: User "system:x"',
    'I0102 03:04:09 1 a.go:2] successfully acquired lease ops/a',
  ],
  ['peer-back', 'lost TCP streaming connection with remote peer', 'peer became active'],
  [
    'server-up-again',
    'Server k8s/m1 is DOWN, reason: Layer4 timeout',
    'Server k8s/m1 is UP, reason: Layer6 check passed',
  ],
])('%s', (id, trouble, end) => {
  expect(harmless(`${trouble}\n${end}`)).toEqual([id]);
  expect(harmless(`${trouble}\n${end}\n${trouble}`)).toEqual([]);
  expect(harmless(trouble)).toEqual([]);
});

/** How long etcd waited stands in a field of its own, and decides. */
test('seconds are no small delay', () => {
  const took = (value: string) => `{"level":"warn","msg":"apply request took too long","took":"${value}"}`;
  expect(harmless(took('121.5ms'))).toEqual(['slow-once']);
  for (const value of ['1.2s', '4.99863799s', '812ms'])
    expect(answer(took(value), cases).candidates[0]?.case).toBe('etcd-slow-disk');
});
