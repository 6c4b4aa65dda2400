/** May an etcd be founded: every mixture of what hosts carry and what the control machine remembers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostFacts, Lived } from '../../src/model/host-facts.js';
import { etcdFounding, etcdHasLived, type Facts, founds, membersNow } from '../../src/preflight/etcd-founding.js';
import { readCluster } from '../../src/spec/index.js';

const specOf = (text: string) => {
  const checked = readCluster(
    `name: demo\nkubernetes: 1.29.3\nendpoint: {address: 10.0.0.100}\nhosts: ${text}\n`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const control = (n: number) => `{name: kw-${n}, address: 10.0.0.1${n}, roles: [etcd, controlPlane]}`;
const three = specOf(`[${[1, 2, 3].map(control).join(', ')}, {name: w-1, address: 10.0.0.21, roles: [worker]}]`);
const member = (n: number) => ({ name: `kw-${n}`, address: `10.0.0.1${n}` });

type Shape = 'data' | 'empty' | 'away' | Lived;
const fact = (shape: Shape): Pick<HostFacts, 'etcdDataExists' | 'lived'> => ({
  etcdDataExists: shape === 'data',
  ...(shape === 'member' || shape === 'node' ? { lived: [shape] } : {}),
});
const facts = (...shapes: readonly Shape[]): Facts =>
  new Map(
    three.hosts.flatMap(({ name }, at) =>
      shapes[at] === 'away' ? [] : [[name, fact(shapes[at] ?? 'empty')] as const],
    ),
  );
const codes = (seen: Facts, remembered = {}, given?: string) =>
  etcdFounding(three, seen, remembered, { given }).map(({ code }) => code);

describe('founding', () => {
  test.each([
    ['a first build', facts('empty', 'empty', 'empty', 'empty'), {}, []],
    ['a first build without a worker', facts('empty', 'empty', 'empty', 'away'), {}, []],
    ['a worker that was in the cluster', facts('empty', 'empty', 'empty', 'node'), {}, ['etcd-second']],
    ['a member whose disk is not mounted', facts('member', 'empty', 'empty', 'empty'), {}, ['etcd-second']],
    ['data on a worker', facts('empty', 'empty', 'empty', 'data'), {}, ['etcd-second']],
    ['a member that left the file', facts('empty', 'empty', 'empty'), { members: [member(4)] }, ['etcd-second']],
    ['a member that is away', facts('empty', 'empty', 'away'), { members: [member(3)] }, ['etcd-second']],
    ['members that were reset', facts('empty', 'empty', 'empty'), { members: [member(1)], etcd: ['a1'] }, []],
    [
      'the same, and a worker is away',
      facts('empty', 'empty', 'empty', 'away'),
      { members: [member(1)] },
      ['etcd-second'],
    ],
    ['an id, and nobody knows where', facts('empty', 'empty', 'empty'), { etcd: ['a1'] }, ['etcd-second']],
  ] as const)('%s', (_, seen, remembered, expected) => {
    expect(codes(seen, remembered)).toEqual(expected);
  });

  test('the typed name of the cluster is the only way past it', () => {
    const seen = facts('empty', 'empty', 'empty', 'node');
    expect(codes(seen, {}, 'demo')).toEqual([]);
    expect(codes(seen, {}, 'prod')).toEqual(['etcd-second']);
    const [said] = etcdFounding(three, seen, { members: [member(4)] });
    expect(said?.says).toContain('kw-1, kw-2, kw-3 would bootstrap a second, empty etcd cluster');
    expect(said?.help?.split('\n')).toContain('  kw up --new-etcd demo');
    expect(said?.help).toContain('{name: kw-4, address: 10.0.0.14, roles: [etcd, controlPlane]}');
  });

  const shapes = fc.array(fc.constantFrom<Shape>('data', 'empty', 'away', 'member', 'node'), {
    minLength: 4,
    maxLength: 4,
  });
  const remembered = fc.record({
    etcd: fc.constantFrom<readonly string[]>([], ['a1']),
    members: fc.subarray([1, 2, 3, 4].map(member)),
  });

  test('what founds is refused, unless nothing is remembered, or all that is was seen empty', () => {
    fc.assert(
      fc.property(shapes, remembered, (all, known) => {
        const seen = facts(...all);
        if (!founds(three, seen) || codes(seen, known).length > 0) return;
        expect([...seen.values()].every(one => !one.etcdDataExists && one.lived === undefined)).toBe(true);
        if (known.members.length + known.etcd.length === 0) return;
        expect(known.members.length > 0 && seen.size === 4).toBe(true);
        expect(known.members.every(({ name }) => seen.has(name))).toBe(true);
      }),
    );
  });

  test('less that is seen, and more that is remembered, never allows what was refused', () => {
    fc.assert(
      fc.property(shapes, remembered, fc.nat(3), (all, known, at) => {
        if (!founds(three, facts(...all)) || codes(facts(...all), known).length === 0) return;
        const worse = codes(facts(...all), { etcd: ['a1'], members: [...known.members, member(4)] });
        expect(worse).toEqual(['etcd-second']);
        const fewer = facts(...all.map((one, n) => (n === at && one === 'empty' ? 'away' : one)));
        if (founds(three, fewer)) expect(codes(fewer, known)).toEqual(['etcd-second']);
      }),
    );
  });
});

describe('members without data beside members with them', () => {
  test.each([
    ['a first build that was cut off', facts('data', 'empty', 'empty', 'empty'), {}, []],
    ['one of three is empty', facts('data', 'data', 'empty', 'node'), {}, []],
    ['one is empty, and one is away', facts('data', 'empty', 'away', 'node'), {}, []],
    ['two of three are empty', facts('data', 'empty', 'empty', 'node'), {}, ['etcd-quorum-gone']],
    ['a founding that was cut off', facts('data', 'empty', 'empty', 'empty'), { members: [1, 2, 3].map(member) }, []],
    ['two of three are not mounted', facts('data', 'member', 'member', 'node'), {}, ['etcd-quorum-gone']],
  ] as const)('%s', (_, seen, remembered, expected) => {
    expect(codes(seen, remembered)).toEqual(expected);
  });

  test('that etcd has lived is known by any host, and by nothing that is only remembered', () => {
    expect(etcdHasLived(facts('data', 'data', 'empty', 'empty'))).toBe(false);
    expect(etcdHasLived(facts('data', 'data', 'empty', 'node'))).toBe(true);
    expect(etcdHasLived(facts('member', 'data', 'empty', 'empty'))).toBe(true);
  });
});

test('who left the file is remembered until all that the file wants have the data', () => {
  const [one, two, left] = [member(1), member(2), member(4)];
  expect(membersNow([left], [one, two], [one])).toEqual([left, one]);
  expect(membersNow([one, left], [one, two], [one, two])).toEqual([one, two]);
  expect(membersNow([one, two], [one, two], [])).toEqual([one, two]);
});
