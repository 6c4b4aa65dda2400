import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Unreadable } from '../../src/model/fact.js';
import { kindsAt } from '../../src/resources/index.js';
import { path, wants } from './wants.js';

describe.each(wants.map(([kind, want]) => [kind.kind, kind, want] as const))('%s', (_, kind, want) => {
  test('L1: what has converged has no changes', () => {
    fc.assert(
      fc.property(want, one => {
        expect(kind.diff(one, kind.ideal(one))).toEqual([]);
      }),
    );
  });

  test('what is not there is created; what shall be absent is never created; what is foreseen is a restart', () => {
    fc.assert(
      fc.property(want, want, (one, other) => {
        for (const { verb, from } of kind.diff(one, kind.ideal(other))) {
          if (verb !== 'delete' && verb !== 'restart') expect(verb).toBe(from === undefined ? 'create' : 'update');
          if ((one as { readonly absent?: true }).absent) expect(verb).not.toBe('create');
        }
        const { reads = [] } = one as { readonly reads?: readonly string[] };
        for (const { verb } of kind.predictChanges?.(one, kind.ideal(one), new Set(reads)) ?? [])
          expect(verb).toBe('restart');
      }),
    );
  });

  test('undoing twice is nothing', () => {
    fc.assert(
      fc.property(path, want, (key, one) => {
        const undone = kind.undo?.(key, one);
        if (undone !== undefined) expect(kind.undo?.(key, undone)).toBeUndefined();
      }),
    );
  });

  test('an answer of junk is read or is unreadable, and never the same question twice different', () => {
    fc.assert(
      fc.property(path, want, fc.string({ unit: 'binary' }), (key, one, junk) => {
        const fact = kind.read(key, one);
        expect(kind.read(key, one).question).toEqual(fact.question);
        try {
          kind.diff(one, fact.parse(junk));
        } catch (error) {
          expect(error).toBeInstanceOf(Unreadable);
        }
      }),
    );
  });
});

/** Their ideal is of a CA, which no generator makes: test/facts/certificates.test.ts and the goldens have real ones. */
const ofAuthorities = ['certificate', 'kubeconfig'];

test('every kind of the table is tried: give it wants in test/resources/wants.ts', () => {
  const tried = wants.map(([kind]) => kind.kind);
  const kinds = Object.keys(kindsAt(() => new Date(0)));
  expect(kinds.filter(kind => !tried.includes(kind) && !ofAuthorities.includes(kind))).toEqual([]);
});

test('the table names each kind by its own name', () => {
  for (const [name, kind] of Object.entries(kindsAt(() => new Date(0)))) expect(kind.kind).toBe(name);
});
