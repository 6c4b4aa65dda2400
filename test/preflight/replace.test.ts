import { describe, expect, test } from 'vitest';
import { readSeenEtcd, type Replacing, replacement } from '../../src/preflight/replace.js';
import { specOf } from '../blueprint/paper-host.js';

const both = 'etcd, controlPlane';
const spec = specOf(both, both, both, 'worker');
const member = (n: number, at = `10.0.0.1${n}`, name = `kw-${n}`): string =>
  `1a${n}, ${name === '' ? 'un' : ''}started, ${name}, https://${at}:2380, ${name === '' ? '' : `https://${at}:2379`}, false`;
/** What a member says: of these members those answer that are not in `dead`. */
const says = (members: readonly string[], dead: readonly number[], quorum = true) =>
  readSeenEtcd(
    [
      ...members,
      ...members.flatMap((_, n) => (dead.includes(n + 1) ? [] : [`answers 10.0.0.1${n + 1}`])),
      ...(quorum ? ['quorum'] : []),
    ].join('\n'),
  );
const all = [member(1), member(2), member(3)];
const data = { etcdDataExists: true, lived: ['member', 'node'] as const };
const empty = { etcdDataExists: false };
const facts = (
  over: Readonly<Record<string, Replacing['facts'] extends ReadonlyMap<string, infer F> ? F | undefined : never>> = {},
) =>
  new Map(
    Object.entries({
      'kw-1': data,
      'kw-2': data,
      'kw-3': data,
      'kw-4': { ...empty, lived: ['node'] as const },
      ...over,
    }).flatMap(([name, fact]) => (fact ? [[name, fact] as const] : [])),
  );
const judged = (more: Partial<Replacing>) => {
  const found = replacement({ spec, facts: facts(), names: ['kw-1'], seen: [says(all, [1])], ...more });
  return 'gone' in found ? found.gone : found.problems.map(({ code }) => code);
};
const moved = { ...spec, hosts: spec.hosts.map(one => (one.name === 'kw-1' ? { ...one, address: '10.0.0.19' } : one)) };
const without = { ...spec, hosts: spec.hosts.filter(({ name }) => name !== 'kw-1') };

describe('who is gone for good', () => {
  test.each<readonly [string, Partial<Replacing>, unknown]>([
    ['emptied, at its old address', { facts: facts({ 'kw-1': empty }) }, [{ name: 'kw-1', members: [] }]],
    [
      'another host, at another address',
      { spec: moved, facts: facts({ 'kw-1': empty }) },
      [{ name: 'kw-1', members: ['10.0.0.11'] }],
    ],
    [
      'nobody comes',
      { spec: without, facts: facts({ 'kw-1': undefined }) },
      [{ name: 'kw-1', members: ['10.0.0.11'] }],
    ],
    [
      'one that was added where nobody is any more, and never ran, goes too',
      { spec: moved, facts: facts({ 'kw-1': empty }), seen: [says([...all, member(9, '10.0.0.29', '')], [1, 4])] },
      [{ name: 'kw-1', members: ['10.0.0.11', '10.0.0.29'] }],
    ],
    ['it has joined already', { seen: [says(all, [])] }, [{ name: 'kw-1', members: [] }]],
    ['it has joined, and does not answer yet', {}, [{ name: 'kw-1', members: [] }]],
    [
      'a worker',
      { names: ['kw-4'], facts: facts({ 'kw-4': empty }), seen: [says(all, [])] },
      [{ name: 'kw-4', members: [] }],
    ],
    [
      'a node that left the file',
      { names: ['old'], leaving: [{ name: 'old' }], seen: [says(all, [])] },
      [{ name: 'old', members: [] }],
    ],
    [
      'whoever has no quorum is not believed',
      { seen: [says([member(7)], [], false), says(all, [1])] },
      [{ name: 'kw-1', members: [] }],
    ],
  ])('%s', (_, more, gone) => expect(judged(more)).toEqual(gone));

  test.each<readonly [string, Partial<Replacing>, readonly string[]]>([
    ['nobody has a quorum', { seen: [says(all, [1, 2], false)] }, ['replace-no-quorum']],
    ['nobody was asked', { seen: [] }, ['replace-no-quorum']],
    [
      'it answers where it was',
      { spec: moved, facts: facts({ 'kw-1': empty }), seen: [says(all, [])] },
      ['replace-lives'],
    ],
    ['the host that is to come is away', { facts: facts({ 'kw-1': undefined }) }, ['replace-unseen']],
    ['nobody knows it', { names: ['kw-9'], seen: [says(all, [])] }, ['unknown-host']],
    [
      'another one is away too',
      { spec: moved, facts: facts({ 'kw-1': empty }), seen: [says(all, [1, 2])] },
      ['replace-others-away'],
    ],
  ])('refused: %s', (_, more, codes) => expect(judged(more)).toEqual(codes));

  test('two that are dead go in one go', () => {
    const names = ['kw-1', 'kw-2'];
    const seen = [says([...all, member(4), member(5)], [1, 2])];
    const five = specOf(both, both, both, both, both);
    const left = { ...five, hosts: five.hosts.filter(({ name }) => !names.includes(name)) };
    expect(judged({ spec: left, names, seen, facts: facts({ 'kw-4': data, 'kw-5': data }) })).toEqual([
      { name: 'kw-1', members: ['10.0.0.11'] },
      { name: 'kw-2', members: ['10.0.0.12'] },
    ]);
  });
});

test('what a member says is read into its types, and what makes no sense is no member', () => {
  expect(
    readSeenEtcd(
      'Error: x\n8e, started, a$(id), https://10.0.0.1:2380, https://10.0.0.1:2379, false\n' +
        '8e, started, a, https://10.0.0.1;id:2380, x, false\nanswers 10.0.0.1\nquorumx\n',
    ),
  ).toEqual({ quorum: false, members: [] });
});
