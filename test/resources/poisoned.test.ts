/**
 * Whatever a want, its key or a host's answer says, is one quoted word in the scripts of its kind, or does not occur.
 * A new kind is tried as soon as it has wants in wants.ts, which a test asks for.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AnyKind } from '../../src/resources/index.js';
import { kindsAt } from '../../src/resources/index.js';
import { raw, type Script, sh } from '../../src/shell/sh.js';
import { marker, poisons as all } from '../clinic/poisoned-chart.js';
import { violations } from '../clinic/shell-words.js';
import { scriptsOfKind } from './scripts.js';
import { script, wants } from './wants.js';

/** Without a path in them: names of files are made of keys by other letters in the place of slashes. */
const poisons = all.map(poison => poison.replaceAll('/root/', ''));

const { certificate, kubeconfig } = kindsAt(() => new Date('2026-01-01T00:00:00Z'));
const request = { ca: 'ca', commonName: 'x', organizations: ['o'], sans: ['a'], usages: ['client'], days: 9 };
const signed = { request, caPem: 'pem', chainPem: '' };
const tried: readonly (readonly [AnyKind, fc.Arbitrary<unknown>])[] = [
  ...wants,
  [certificate, fc.constantFrom({ ...signed, keyPath: '/k' }, { ...signed, keyPath: '/k', absent: true })],
  [
    kubeconfig,
    fc.constantFrom(
      { ...signed, server: 'https://s', cluster: 'c', user: 'u' },
      { ...signed, server: 'https://s', cluster: 'c', user: 'u', absent: true },
    ),
  ],
];

/** The want once for each of its strings that is no script, with the poison behind it. */
const poisoned = (node: unknown, poison: string): readonly unknown[] => {
  if (typeof node === 'string') return node === script ? [] : [node + poison];
  if (Array.isArray(node))
    return node.flatMap((each, at) => poisoned(each, poison).map(bad => node.map((one, n) => (n === at ? bad : one))));
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, each]) => poisoned(each, poison).map(bad => ({ ...node, [key]: bad })));
};

const bad = (kind: AnyKind, key: string, want: unknown, poison: string): readonly string[] => {
  try {
    return [...scriptsOfKind(kind, key, want, poison)].flatMap(([at, text]) =>
      violations(text, poison, marker).map(word => `${kind.kind} ${at}: ${word.slice(0, 300)}`),
    );
  } catch {
    // A want that is refused makes no script.
    return [];
  }
};

/** A key, each string of a want, and what a host has: one at a time. */
const injections = (kind: AnyKind, want: unknown, poison: string): readonly string[] => [
  ...bad(kind, `/etc/x${poison}`, want, poison),
  ...bad(kind, 'x.service', want, poison),
  ...poisoned(want, poison).flatMap(one => bad(kind, '/etc/x', one, poison)),
];

test('every kind is tried', () => {
  const names = tried.map(([kind]) => kind.kind);
  expect(Object.keys(kindsAt(() => new Date(0))).filter(kind => !names.includes(kind))).toEqual([]);
});

describe.each(tried.map(([kind, want]) => [kind.kind, kind, want] as const))('%s', (_, kind, want) => {
  test('runs nothing of what it is told', () => {
    fc.assert(
      fc.property(want, fc.constantFrom(...poisons), (one, poison) => {
        expect(injections(kind, one, poison)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

/** Kinds that do what the law forbids, each in another of its scripts. */
const planted = (parts: Partial<AnyKind>): AnyKind => ({ ...certificate, kind: 'planted', ...parts }) as AnyKind;
const bare = (text: string): Script => sh`echo ${raw(`${text} x` as unknown as Script)}`;
const question = (text: string) => ({
  id: 'x',
  question: { ask: 'host' as const, script: bare(text) },
  parse: () => ({ limit: '1' }),
});
const running = (text: string) => ({ actions: [{ do: 'run' as const, script: bare(text) }], risk: 'none' as const });
const quiet: Partial<AnyKind> = {
  read: () => ({ id: 'x', question: { ask: 'host', script: sh`true` }, parse: () => ({ limit: '1' }) }),
  diff: (_, have) => [{ verb: 'update', field: 'limit', from: (have as { limit: string }).limit, to: '' }],
  plan: () => ({ actions: [], risk: 'none' }),
  rollback: () => ({ by: 'nothing' }),
  ideal: () => ({ limit: '1' }),
};

test.each<readonly [string, Partial<AnyKind>]>([
  ['a key in a question', { read: key => question(key) }],
  ['a want in a plan', { plan: (_, want) => running((want as { limit: string }).limit) }],
  ['a host’s answer in a plan', { plan: (_k, _w, [change]) => running(String(change?.from ?? '')) }],
  [
    'a want in what brings it back',
    { rollback: (_, want) => ({ by: 'scripts', keep: sh`true`, back: bare((want as { limit: string }).limit) }) },
  ],
])('a kind that runs %s is caught', (_, parts) => {
  const found = (kind: AnyKind) => poisons.flatMap(poison => injections(kind, { limit: '1' }, poison));
  expect(found(planted({ ...quiet, ...parts }))).not.toEqual([]);
  expect(found(planted(quiet))).toEqual([]);
});
