/** A CA that took the place of another while the control machine was away: whose hosts these are, and whose they are not. */
import { beforeAll, describe, expect, test } from 'vitest';
import { heirOf } from '../../src/preflight/heir.js';
import { fingerprintsIn, type KnownCluster } from '../../src/preflight/ownership.js';
import { ownersOf } from '../../src/preflight/owners.js';
import type { Carried } from '../../src/model/carried.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';

const made = (commonName: string, day: number): Promise<Pair> =>
  createAuthority({ commonName, days: 30, algorithm: 'ecdsa-p256', now: new Date(Date.UTC(2026, 0, day)) });
const credentialOf = async (pair: Pair): Promise<string> =>
  (
    await issueCertificate(
      pair,
      { ca: 'ca', commonName: 'system:node:b', organizations: ['system:nodes'], sans: [], usages: ['client'], days: 5 },
      { algorithm: 'ecdsa-p256', now: new Date(Date.UTC(2026, 0, 20)) },
    )
  ).certPem;

let [old, next, older, named, etcd, foreign]: [Pair, Pair, Pair, Pair, Pair, Pair] = [] as never;
let [byOld, byNext] = ['', ''];
beforeAll(async () => {
  [old, next, older, named, etcd, foreign] = await Promise.all([
    made('kubernetes-ca', 10),
    made('kubernetes-ca', 12),
    made('kubernetes-ca', 2),
    made('another', 12),
    made('etcd-ca', 10),
    made('etcd-ca', 10),
  ]);
  [byOld, byNext] = await Promise.all([credentialOf(old), credentialOf(next)]);
});

const known = (more: Partial<KnownCluster> = {}): KnownCluster => ({
  names: ['prod'],
  authorities: fingerprintsIn(old.certPem),
  etcdAuthorities: fingerprintsIn(etcd.certPem),
  signers: [old.certPem],
  etcd: ['aaaaaaaaaaaaaaaa'],
  shared: false,
  ...more,
});
const host = (ca: string, more: Partial<Carried> = {}): Carried => ({
  ca,
  kubeletCa: ca,
  etcdData: false,
  marked: true,
  traces: [],
  ...more,
});
const member = (ca: string, more: Partial<Carried> = {}): Carried =>
  host(ca, { etcdCa: etcd.certPem, etcdData: true, etcdCluster: 'aaaaaaaaaaaaaaaa', ...more });
const hostsOf = (a: Carried, b: Carried) =>
  new Map([
    ['a', a],
    ['b', b],
  ]);
const verdicts = (hosts: ReadonlyMap<string, Carried>, who = known()) => [...ownersOf(who, hosts).values()];

test('all of them know the new one alone, and our etcd is on them: they are ours', () => {
  const hosts = hostsOf(member(next.certPem), host(next.certPem, { credential: byNext }));
  expect(heirOf(known(), hosts)?.fingerprint).toBe(fingerprintsIn(next.certPem)[0]);
  expect(verdicts(hosts)).toEqual(['ours', 'ours']);
});

describe('they are not', () => {
  test.each<[string, () => ReadonlyMap<string, Carried>]>([
    ['one of them knows the old one', () => hostsOf(member(next.certPem), host(old.certPem))],
    [
      'a kubeconfig trusts the old one',
      () => hostsOf(member(next.certPem, { kubeletCa: old.certPem }), host(next.certPem)),
    ],
    [
      'the old one has signed a credential',
      () => hostsOf(member(next.certPem), host(next.certPem, { credential: byOld })),
    ],
    ['another etcd', () => hostsOf(member(next.certPem, { etcdCluster: 'bbbbbbbbbbbbbbbb' }), host(next.certPem))],
    ['the CA of another etcd', () => hostsOf(member(next.certPem, { etcdCa: foreign.certPem }), host(next.certPem))],
    ['no etcd', () => hostsOf(host(next.certPem), host(next.certPem))],
    ['one that is older than ours', () => hostsOf(member(older.certPem), host(older.certPem))],
    ['one of another name', () => hostsOf(member(named.certPem), host(named.certPem))],
    ['two', () => hostsOf(member(next.certPem + named.certPem), host(next.certPem + named.certPem))],
  ])('%s', (_, hosts) => {
    expect(heirOf(known(), hosts())).toBeUndefined();
    expect(verdicts(hosts()).every(one => one === 'ours')).toBe(false);
  });

  test('a CA of its owner, who may have given it to others', () => {
    const hosts = hostsOf(member(next.certPem), host(next.certPem));
    expect(heirOf(known({ shared: true }), hosts)).toBeUndefined();
  });
});

test('in the middle of the last phase a worker knows the new one alone: the marks of a control plane say that it came', () => {
  const both = old.certPem + next.certPem;
  const worker = host(next.certPem, { credential: byNext });
  const marked = member(both, { caSigner: next.certPem });
  expect(verdicts(hostsOf(marked, worker))).toEqual(['ours', 'ours']);
  // Without the marks it is what somebody has added by hand.
  expect(verdicts(hostsOf(member(both), worker))).toEqual(['ours', 'others']);
});
