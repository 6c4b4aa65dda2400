/** A dead host is replaced, whichever it is, by whomever, killed anywhere: it converges, and never below the quorum. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../src/pki/issue.js';
import type { File } from './edits.js';
import { type Move, play, start, three } from './play.js';

let ca = '';
beforeAll(async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const made = await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now });
  ca = made.certPem;
});

const five: File = {
  ...start,
  hosts: ['a', 'b', 'c', 'd', 'e'].map((name, n) => ({
    machine: name,
    name,
    address: `10.0.0.${n + 1}`,
    roles: ['etcd', 'controlPlane'],
  })),
};
const built: Move = { do: 'run', kill: undefined };
type By = 'itself' | 'another' | 'nobody' | 'again';
const replace = (host: number, by: By, kill?: number): Move => ({ do: 'replace', host, by, kill });

const ways = (['itself', 'another', 'nobody'] as const).flatMap(by =>
  [0, 1, 2, 3].map(host => [`host ${host} by ${by}`, by, host] as const),
);
test.each(ways)('a dead host is replaced: %s', (_, by, host) => {
  play([built, { do: 'die', host }, replace(host, by)], () => ca, three);
});

test.each(ways)('killed at any step, run again: %s', (_, by, host) => {
  for (let kill = 3; kill < 170; kill += 41)
    play(
      [built, { do: 'die', host }, replace(host, by, kill), replace(host, 'again', kill % 5), replace(host, 'again')],
      () => ca,
      three,
    );
});

test('one dies after another, and each is replaced', () => {
  const both = (host: number): readonly Move[] => [{ do: 'die', host }, replace(host, 'another')];
  play([built, ...both(0), ...both(1), ...both(2)], () => ca, five);
});

const losses = fc.tuple(fc.nat(2), fc.constantFrom<By>('itself', 'another'), fc.nat(120), fc.nat(40));
test('whoever dies, whenever the runs are killed: the quorum holds, and the end is a fresh build of the file', () => {
  fc.assert(
    fc.property(losses, ([host, by, one, other]) =>
      play(
        [built, { do: 'die', host }, replace(host, by, one), replace(host, 'again', other), replace(host, 'again')],
        () => ca,
        five,
      ),
    ),
    { seed: Number(process.env.KW_TEST_SEED ?? 13), numRuns: process.env.KW_TEST_FULL === undefined ? 15 : 500 },
  );
}, 600_000);

test('a host that lives is not replaced', () => {
  expect(() => play([built, replace(0, 'another')], () => ca, three)).toThrow(/answers as a member of etcd/);
});

test('two of three have died: nobody takes them out', () => {
  const all: readonly Move[] = [built, { do: 'die', host: 0 }, { do: 'die', host: 1 }, replace(0, 'another')];
  expect(() => play(all, () => ca, three)).toThrow(/no member of etcd that could be asked has a quorum/);
});
