import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Unreadable } from '../../src/model/fact.js';
import { api } from '../../src/resources/api.js';
import { artifact } from '../../src/resources/artifact.js';
import { drained } from '../../src/resources/drained.js';
import { uncordoned } from '../../src/resources/uncordoned.js';
import { directory } from '../../src/resources/directory.js';
import { file } from '../../src/resources/file.js';
import { image } from '../../src/resources/image.js';
import type { AnyKind } from '../../src/resources/index.js';
import { kindsAt } from '../../src/resources/index.js';
import { object } from '../../src/resources/object.js';
import { packages } from '../../src/resources/packages.js';
import { ready } from '../../src/resources/ready.js';
import { cleanup } from '../../src/resources/cleanup.js';
import { command } from '../../src/resources/command.js';
import { firewallRules } from '../../src/resources/firewall-rules.js';
import { staticPod } from '../../src/resources/static-pod.js';
import { service } from '../../src/resources/service.js';
import { sysctl } from '../../src/resources/sysctl.js';

const absent = fc.constantFrom({}, { absent: true as const });
const owner = fc.constantFrom({}, { owner: 'etcd' }, { owner: 'etcd:etcd' });
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const mode = fc.integer({ min: 0, max: 0o7777 });
const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,10}$/);
const path = fc.stringMatching(/^\/var\/lib\/[a-z '$]{1,10}$/);
const blended = <A extends object, B extends object>(one: fc.Arbitrary<A>, other: fc.Arbitrary<B>) =>
  fc.tuple(one, other).map(([a, b]) => ({ ...a, ...b }));
const json = fc.dictionary(word, fc.jsonValue({ maxDepth: 3 }));

/** Each kind with wants of every shape. */
const wants: readonly [AnyKind, fc.Arbitrary<unknown>][] = [
  [
    file,
    blended(
      blended(
        fc.record({ content: fc.array(fc.oneof(fc.string(), fc.record({ secret: word }))), sha256, mode }),
        owner,
      ),
      absent,
    ),
  ],
  [directory, blended(blended(fc.record({ mode }), owner), absent)],
  [artifact, blended(fc.record({ name: word, version: word, sha256, size: fc.nat() }), absent)],
  [
    service,
    fc
      .record({
        running: fc.boolean(),
        atBoot: fc.boolean(),
        oneshot: fc.boolean(),
        reads: fc.array(path),
        guard: fc.constant('true'),
      })
      .filter(want => !(want.oneshot && !want.running)),
  ],
  [packages, fc.record({ names: fc.uniqueArray(word) })],
  [sysctl, blended(fc.record({ value: fc.constantFrom('1', '4096\t87380  6291456') }), absent)],
  [image, blended(fc.record({ sha256, size: fc.nat(), name: word }), absent)],
  [
    object,
    blended(fc.record({ body: json, exact: fc.constantFrom([], ['data'], ['rules']), create: fc.boolean() }), absent),
  ],
  [
    api,
    blended(
      fc.record({ seconds: fc.nat(), says: word }),
      fc.constantFrom({}, { condition: { type: 'Available', status: 'True' } }),
    ),
  ],
  [ready, fc.record({ script: fc.constant('true'), seconds: fc.nat(), says: word })],
  [cleanup, fc.record({ find: fc.constant(''), remove: fc.constant(''), risk: fc.constantFrom('none', 'data') })],
  [command, fc.record({ unless: fc.constant(''), run: fc.constant(''), risk: fc.constantFrom('none', 'data') })],
  [
    firewallRules,
    fc.record({
      chain: fc.constantFrom('INPUT', 'FORWARD'),
      backEnd: fc.constantFrom('nft', 'legacy'),
      rules: fc.array(fc.array(word)),
    }),
  ],
  [
    drained,
    fc.record({
      emptyDir: fc.boolean(),
      bare: fc.boolean(),
      seconds: fc.nat(),
      eviction: fc.constantFrom('policy/v1', 'policy/v1beta1'),
    }),
  ],
  [uncordoned, fc.constant({})],
  [staticPod, blended(fc.record({ reads: fc.array(path) }), fc.constantFrom({}, { end: true as const }))],
];

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

test('every kind of the table is tried: give it wants in the list above', () => {
  const tried = wants.map(([kind]) => kind.kind);
  const kinds = Object.keys(kindsAt(() => new Date(0)));
  expect(kinds.filter(kind => !tried.includes(kind) && !ofAuthorities.includes(kind))).toEqual([]);
});

test('the table names each kind by its own name', () => {
  for (const [name, kind] of Object.entries(kindsAt(() => new Date(0)))) expect(kind.kind).toBe(name);
});
