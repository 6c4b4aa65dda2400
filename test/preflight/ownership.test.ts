/** Whose a host is: every combination of evidence, and real certificates for each kind of it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Carried } from '../../src/model/carried.js';
import { createAuthority, issueCertificate } from '../../src/pki/issue.js';
import { ownersOf, stoppedBy } from '../../src/preflight/owners.js';
import {
  type Comparison,
  compare,
  type Evidence,
  evidenceKinds,
  fingerprintsIn,
  type KnownCluster,
  type Owner,
  ownerOf,
  shownId,
} from '../../src/preflight/ownership.js';

const comparisons = ['absent', 'same', 'other', 'unknown'] as const satisfies readonly Comparison[];
const keyKinds = ['ca', 'etcdCa', 'kubeletCa', 'credential'] as const;

function* combinations(kinds: readonly string[] = evidenceKinds): Iterable<Record<string, Comparison>> {
  const [kind, ...rest] = kinds;
  if (kind === undefined) return yield {};
  for (const value of comparisons) for (const others of combinations(rest)) yield { ...others, [kind]: value };
}

const bits = [false, true];
const everything: readonly Evidence[] = [...combinations()].flatMap(each =>
  bits.flatMap(marked =>
    bits.flatMap(bare => bits.map(data => ({ ...each, marked, bare, data }) as unknown as Evidence)),
  ),
);

const strong = (evidence: Evidence, value: Comparison): boolean =>
  keyKinds.some(kind => evidence[kind] === value) || evidence.etcd === value;
const carriesNothing = (evidence: Evidence): boolean =>
  keyKinds.every(kind => evidence[kind] === 'absent') && evidence.etcd === 'absent' && !evidence.bare && !evidence.data;

describe.each([
  ['with what the control machine knows', true],
  ['with nothing known', false],
])('%s', (_, known) => {
  const judged = everything.map(evidence => ({ evidence, owner: ownerOf(evidence, known) }));
  const broken = (rule: (evidence: Evidence, owner: Owner) => boolean) =>
    judged.filter(({ evidence, owner }) => !rule(evidence, owner)).slice(0, 3);

  test('there are as many combinations as there should be, and each verdict occurs', () => {
    expect(judged).toHaveLength(4 ** 6 * 8);
    expect(new Set(judged.map(one => one.owner))).toEqual(new Set(['empty', 'ours', 'others', 'mixed', 'unknown']));
  });

  test("keys of another cluster are never ours alone, and never nobody's", () => {
    // etcd's CA alone may be another: it was exchanged from another control machine, beside our CA and our etcd.
    const others = (evidence: Evidence) =>
      keyKinds.some(kind => {
        const exchanged = kind === 'etcdCa' && evidence.ca === 'same' && evidence.etcd === 'same';
        return evidence[kind] === 'other' && !exchanged;
      });
    expect(broken((evidence, owner) => !others(evidence) || /others|mixed/.test(owner))).toEqual([]);
  });

  test('without marks of ours, only keys or data that are known make a host ours', () => {
    expect(broken((evidence, owner) => owner !== 'ours' || evidence.marked || strong(evidence, 'same'))).toEqual([]);
  });

  test('who carries anything is not empty, and who carries nothing is', () => {
    const keysOrFiles = (evidence: Evidence): boolean =>
      keyKinds.some(kind => evidence[kind] !== 'absent') || evidence.bare || evidence.data;
    expect(broken((evidence, owner) => !carriesNothing(evidence) || owner === 'empty')).toEqual([]);
    expect(broken((evidence, owner) => !keysOrFiles(evidence) || owner !== 'empty')).toEqual([]);
  });

  test('a piece of evidence that is taken away makes no host of another cluster ours, but by its name and our marks', () => {
    const wrong = judged.filter(
      ({ evidence, owner }) =>
        owner === 'others' &&
        evidenceKinds.some(kind => {
          const less = { ...evidence, [kind]: 'absent' as const };
          const then = ownerOf(less, known);
          return then === 'ours' && !(less.marked && (less.name === 'same' || (known && !less.data)));
        }),
    );
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test("data of etcd that nobody's keys stand beside are never ours by a mark alone", () => {
    expect(
      broken(
        (evidence, owner) => owner !== 'ours' || !evidence.data || strong(evidence, 'same') || evidence.name === 'same',
      ),
    ).toEqual([]);
  });
});

const now = new Date('2026-01-01');
const authority = (commonName = 'kubernetes') =>
  createAuthority({ commonName, days: 10, algorithm: 'ecdsa-p256', now });
type Pair = Awaited<ReturnType<typeof authority>>;
const node = async (pair: Pair, name: string): Promise<string> =>
  (
    await issueCertificate(
      pair,
      {
        ca: 'ca',
        commonName: `system:node:${name}`,
        organizations: ['system:nodes'],
        sans: [],
        usages: ['client'],
        days: 5,
      },
      { algorithm: 'ecdsa-p256', now },
    )
  ).certPem;

describe('real certificates', () => {
  let [ours, oursEtcd, theirs]: [Pair, Pair, Pair] = [] as never;
  let [ourNode, theirNode] = ['', ''];
  beforeAll(async () => {
    [ours, oursEtcd, theirs] = await Promise.all([authority(), authority('etcd-ca'), authority()]);
    [ourNode, theirNode] = await Promise.all([node(ours, 'kw-1'), node(theirs, 'kw-1')]);
  });

  const known = (more: Partial<KnownCluster> = {}): KnownCluster => ({
    names: ['prod'],
    authorities: fingerprintsIn(ours.certPem),
    etcdAuthorities: fingerprintsIn(oursEtcd.certPem),
    signers: [ours.certPem],
    etcd: ['aaaaaaaaaaaaaaaa'],
    shared: false,
    ...more,
  });
  const nothing: KnownCluster = {
    names: ['prod'],
    authorities: [],
    etcdAuthorities: [],
    signers: [],
    etcd: [],
    shared: false,
  };
  const host = (more: Partial<Carried> = {}): Carried => ({ etcdData: false, marked: false, traces: [], ...more });

  test('each kind of evidence alone tells ours from theirs', () => {
    const alone: readonly (readonly [Partial<Carried>, Partial<Carried>])[] = [
      [{ ca: ours.certPem }, { ca: theirs.certPem }],
      [{ etcdCa: oursEtcd.certPem }, { etcdCa: theirs.certPem }],
      [{ kubeletCa: ours.certPem }, { kubeletCa: theirs.certPem }],
      [{ credential: ourNode }, { credential: theirNode }],
      [
        { etcdData: true, etcdCluster: 'aaaaaaaaaaaaaaaa' },
        { etcdData: true, etcdCluster: 'bbbbbbbbbbbbbbbb' },
      ],
    ];
    for (const [mine, other] of alone) {
      expect(ownersOf(known(), new Map([['a', host(mine)]])).get('a')).toBe('ours');
      expect(ownersOf(known(), new Map([['a', host(other)]])).get('a')).toBe('others');
    }
  });

  test('what cannot be read is nobody’s proof', () => {
    for (const broken of [{ ca: '' }, { ca: 'nonsense' }, { credential: '-----BEGIN CERTIFICATE-----\nAAAA' }])
      expect(ownersOf(known(), new Map([['a', host(broken)]])).get('a')).toBe('unknown');
  });

  test('an etcd that was restored has a new id, and its host stays ours', () => {
    const restored = host({ ca: ours.certPem, etcdData: true, etcdCluster: 'cccccccccccccccc' });
    expect(ownersOf(known(), new Map([['a', restored]])).get('a')).toBe('ours');
  });

  test('while a CA is changed, a node that the new one signed is ours', () => {
    const both = host({ ca: ours.certPem + theirs.certPem, credential: theirNode });
    expect(ownersOf(known(), new Map([['a', both]])).get('a')).toBe('ours');
  });

  test('a CA that its owner gave to two clusters proves nothing; the etcd CA does, and so does the name', () => {
    const shared = known({ shared: true });
    const verdict = (more: Partial<Carried>) =>
      ownersOf(shared, new Map([['a', host({ ca: ours.certPem, ...more })]])).get('a');
    expect(verdict({})).toBe('unknown');
    expect(verdict({ marked: true, name: 'prod' })).toBe('ours');
    expect(verdict({ marked: true, name: 'test' })).toBe('others');
    expect(verdict({ etcdCa: theirs.certPem, marked: true, name: 'prod' })).toBe('others');
    expect(verdict({ etcdCa: oursEtcd.certPem })).toBe('ours');
  });

  test('with a lost folder hosts of the file’s name are ours, unless they are of two clusters', () => {
    const one = host({ ca: ours.certPem, marked: true, name: 'prod' });
    const worker = host({ ca: ours.certPem, marked: true });
    const other = host({ ca: theirs.certPem, marked: true, name: 'prod' });
    expect([...ownersOf(nothing, new Map(Object.entries({ one, worker }))).values()]).toEqual(['ours', 'ours']);
    expect([...ownersOf(nothing, new Map(Object.entries({ one, other }))).values()]).toEqual(['unknown', 'unknown']);
    expect([...ownersOf(nothing, new Map(Object.entries({ worker }))).values()]).toEqual(['unknown']);
    const kubeadm = host({ ca: theirs.certPem, name: 'prod' });
    expect([...ownersOf(nothing, new Map(Object.entries({ kubeadm }))).values()]).toEqual(['unknown']);
  });

  test('the id to type is of what is not ours', () => {
    const mixed = host({ ca: ours.certPem, kubeletCa: theirs.certPem });
    expect(shownId(known(), mixed)).toBe(fingerprintsIn(theirs.certPem)[0]?.slice(0, 12));
    expect(shownId(nothing, host({ etcdData: true, etcdCluster: 'bbbbbbbbbbbbbbbb' }))).toBe('bbbbbbbbbbbbbbbb');
    expect(shownId(nothing, host({ traces: ['/etc/rancher'] }))).toBe('unidentified');
    expect(compare(known(), mixed)).toMatchObject({ ca: 'same', kubeletCa: 'other' });
  });
});

test.each<[string, readonly Owner[], readonly [number, number, number]]>([
  ['a living cluster', ['ours', 'ours'], [0, 0, 0]],
  ['a first build', ['empty', 'empty'], [0, 0, 0]],
  ['a host of another', ['ours', 'others'], [1, 1, 0]],
  ['another alone', ['others'], [1, 1, 1]],
  ['another beside empty hosts', ['empty', 'others'], [1, 1, 1]],
  ['a host with two identities', ['ours', 'mixed'], [1, 0, 0]],
  ['a host that does not tell', ['ours', 'unknown'], [1, 0, 0]],
  ['nobody who tells', ['unknown'], [1, 1, 1]],
])('%s stops as many hosts of: a change, a cure, a look', (_, owners, stopped) => {
  const all = new Map(owners.map((owner, index) => [`kw-${index}`, owner]));
  expect((['change', 'cure', 'look'] as const).map(purpose => stoppedBy(purpose, all).length)).toEqual(stopped);
});
