/** Which keys stand is read from hosts that may differ by one phase; what no rotation leaves behind is none. */
import { describe, expect, test } from 'vitest';
import { accountStanding } from '../../src/blueprint/rotation/account-standing.js';
import { encryptionStanding } from '../../src/blueprint/rotation/encryption-standing.js';
import { accountKeyId, serviceAccountKey } from '../../src/pki/key.js';

const of = (...lists: readonly (readonly string[])[]) => encryptionStanding(lists.map(encrypts => ({ encrypts })));

describe('encryption keys', () => {
  test.each([
    [[['key1']], ['key1'], 0],
    [[['key1'], ['key1', 'key2']], ['key1', 'key2'], 1],
    [[['key1', 'key2']], ['key1', 'key2'], 1],
    [
      [
        ['key1', 'key2'],
        ['key2', 'key1'],
      ],
      ['key2', 'key1'],
      2,
    ],
    [[['key2', 'key1'], ['key2']], ['key2'], 3],
    [[['key2'], ['key2']], ['key2'], 0],
    // A host that was restored from long ago follows the others.
    [[['key9'], ['key10'], ['key10']], ['key10'], 3],
    [[[], ['key1', 'key2']], ['key1', 'key2'], 1],
  ])('%j', (lists, names, stands) => {
    expect(of(...lists)).toEqual({ names, stands });
    expect(of(...[...lists].reverse())).toEqual({ names, stands });
  });

  test.each([
    [[[]]],
    [[['mine']]],
    [[['key1', 'mine']]],
    [[['key1', 'key2', 'key3']]],
    [[['key1'], ['key2'], ['key3']]],
  ])('none: %j', lists => {
    expect(of(...lists)).toBeUndefined();
  });
});

describe('keys of service accounts', async () => {
  const [old, next, other] = (await Promise.all([1, 2, 3].map(() => serviceAccountKey('ecdsa-p256')))).map(
    ({ publicPem }) => publicPem,
  ) as [string, string, string];
  const id = accountKeyId(next);
  const host = (verifies: readonly string[], waits = false) => ({ verifies, waiting: waits ? [id] : [] });

  test.each([
    ['one key', [host([old])], [old], 0],
    ['a key waits, and no list has it', [host([old], true)], [old], 0],
    ['begun', [host([old], true), host([old, next], true)], [old, next], 1],
    ['two verify', [host([old, next], true), host([old, next], true)], [old, next], 1],
    ['a switch has begun', [host([old, next], true), host([next, old], true)], [next, old], 2],
    ['and its first host is done', [host([old, next], true), host([next, old])], [next, old], 2],
    ['the new one signs', [host([next, old]), host([next, old])], [next, old], 2],
    ['the old one goes', [host([next, old]), host([next])], [next], 3],
    ['it is gone', [host([next]), host([next])], [next], 0],
  ] as const)('%s', (_, hosts, verifies, stands) => {
    for (const all of [hosts, [...hosts].reverse()]) expect(accountStanding(all)).toMatchObject({ verifies, stands });
  });

  test.each([
    ['two clusters', [host([old]), host([next])]],
    ['three keys', [host([old, next]), host([next, other])]],
    ['nobody says anything', [host([])]],
  ] as const)('none: %s', (_, hosts) => {
    expect(accountStanding(hosts)).toBeUndefined();
  });

  test('a key whose private half nobody knows was written by somebody else', () => {
    const knows = (key: string): boolean => key !== other;
    expect(accountStanding([host([next]), host([other])], knows)).toMatchObject({ verifies: [next], stands: 0 });
  });
});
