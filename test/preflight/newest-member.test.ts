import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byAge, evidenceText, newestMember, type Pair, type Salvaged } from '../../src/preflight/newest-member.js';

const member = (host: string, revision: number, index = revision + 5): Salvaged => ({
  host,
  path: `/var/lib/kubewizard/snapshots/recovered-${host}.db`,
  term: 3,
  index,
  revision,
  keys: revision,
});

/** A history is what was written at each revision; a member holds the beginning of one. */
const pairsOf = (all: readonly Salvaged[], hash: (host: string, revision: number) => number | undefined): Pair[] =>
  byAge(all).flatMap((newer, at, sorted) => {
    const older = sorted[at - 1];
    if (!older) return [];
    const told = (host: string) => {
      const found = hash(host, older.revision);
      return found === undefined ? undefined : { hash: found, compacted: 1 };
    };
    return [{ older, newer, olderHash: told(older.host), newerHash: told(newer.host) }];
  });

describe('the newest of the members that are left', () => {
  test('of one history it is the one that holds most, whatever the order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 7 }), revisions => {
        const all = revisions.map((revision, at) => member(`kw-${at}`, revision));
        const verdict = newestMember(
          all,
          pairsOf(all, (_, revision) => revision * 31),
        );
        expect(verdict?.newest?.revision).toBe(Math.max(...revisions));
      }),
    );
  });

  test('law: a history that parts anywhere is never chosen from', () => {
    const histories = fc.record({
      revisions: fc.uniqueArray(fc.integer({ min: 10, max: 1000 }), { minLength: 2, maxLength: 7 }),
      stranger: fc.nat(),
    });
    fc.assert(
      fc.property(histories, ({ revisions, stranger }) => {
        const all = revisions.map((revision, at) => member(`kw-${at}`, revision));
        const other = `kw-${stranger % revisions.length}`;
        const verdict = newestMember(
          all,
          pairsOf(all, (host, revision) => revision * 31 + (host === other ? 1 : 0)),
        );
        expect(verdict).toMatchObject({ because: 'differ' });
        expect(verdict?.newest).toBeUndefined();
      }),
    );
  });

  test('equals with different histories are refused, equals of one are not', () => {
    const all = [member('a', 7), member('b', 7)];
    expect(
      newestMember(
        all,
        pairsOf(all, host => (host === 'a' ? 1 : 2)),
      ),
    ).toMatchObject({ because: 'differ' });
    expect(
      newestMember(
        all,
        pairsOf(all, () => 1),
      )?.newest,
    ).toBeDefined();
  });

  test('what cannot be compared is unknown: no answer, or another compaction', () => {
    const all = [member('a', 7), member('b', 9)];
    expect(
      newestMember(
        all,
        pairsOf(all, () => undefined),
      ),
    ).toMatchObject({ because: 'unknown' });
    const [pair] = pairsOf(all, () => 1);
    if (!pair) throw new Error('no pair');
    const compacted = { ...pair, newerHash: { hash: 1, compacted: 5 } };
    expect(newestMember(all, [compacted])).toMatchObject({ because: 'unknown' });
  });

  test('one alone is told to be alone, and what was seen is said of each', () => {
    const [alone] = [member('a', 7)];
    const verdict = newestMember([alone], []);
    expect(verdict).toMatchObject({ proof: 'alone' });
    expect(verdict && evidenceText([alone], verdict)).toEqual([
      'a: revision 7, 7 keys, term 3, index 12',
      'a is the only one that has data: what the others alone had acknowledged is lost',
    ]);
    expect(newestMember([], [])).toBeUndefined();
  });
});
