/** How far the exchange of a CA has come is read off the files of control planes, in every mixture of them. */
import { beforeAll, expect, test } from 'vitest';
import type { Certificate } from '../../src/pki/certificate.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import {
  type AuthoritySeen,
  after,
  begun,
  isContradiction,
  type Standing,
  standingOf,
  trustOf,
} from '../../src/pki/standing.js';

let [old, next, third] = [] as unknown as [Certificate, Certificate, Certificate];
beforeAll(async () => {
  const made = async (day: number): Promise<Certificate> => {
    const now = new Date(Date.UTC(2026, 0, day));
    const { certPem } = await createAuthority({ commonName: 'etcd-ca', days: 30, algorithm: 'ecdsa-p256', now });
    return readCertificates(certPem).certificates[0] as Certificate;
  };
  [old, next, third] = [await made(1), await made(2), await made(3)];
});

/** What lies on a host that has come so far; `unfinished`: as far as a run got that was killed on the way. */
const files = (): Readonly<Record<string, AuthoritySeen>> => ({
  before: { trust: [old] },
  'next pair only': { trust: [old], next },
  'marks, not trusted': { trust: [old], signer: old, next },
  trusting: { trust: [old, next], signer: old, next },
  'signs, next left': { trust: [old, next], signer: next, next },
  signing: { trust: [old, next], signer: next },
  forgetting: { trust: [next], signer: next },
  after: { trust: [next] },
});
const phases = {
  before: 'settled',
  trusting: 'trusting',
  signing: 'signing',
  forgetting: 'forgetting',
  after: 'settled',
};

const at = (...names: readonly string[]) => {
  const all = files();
  return standingOf(new Map(names.map((name, index) => [`kw-${index}`, all[name] as AuthoritySeen])));
};
const phaseAt = (...names: readonly string[]): string => {
  const found = at(...names);
  return found === undefined ? 'unknown' : isContradiction(found) ? 'contradiction' : found.phase;
};

test.each(Object.entries(phases))('%s: %s', (name, phase) => {
  expect(phaseAt(name, name, name)).toBe(phase);
});

test('of a rollout that was cut off the furthest host counts, and nobody is taken back', () => {
  const order = Object.keys(files());
  const rank = (phase: string): number => ['settled', 'trusting', 'signing', 'forgetting'].indexOf(phase);
  for (const [ahead, behind] of [
    ['next pair only', 'before'],
    ['trusting', 'before'],
    ['trusting', 'marks, not trusted'],
    ['signs, next left', 'trusting'],
    ['signing', 'trusting'],
    ['forgetting', 'signing'],
  ] as const) {
    expect(phaseAt(ahead, behind)).toBe(phaseAt(ahead, ahead));
    expect(phaseAt(behind, ahead, behind)).toBe(phaseAt(ahead, ahead));
    expect(rank(phaseAt(ahead, behind))).toBeGreaterThanOrEqual(rank(phaseAt(behind)));
    expect(order.indexOf(ahead)).toBeGreaterThan(order.indexOf(behind));
  }
  // Cleaned up on one host, and not yet on the next: what is left to clean up is cleaned up.
  expect(phaseAt('after', 'forgetting')).toBe('forgetting');
});

test('a phase leads to the next, and the bundle is the same text before and after the signer changes', () => {
  const walk: Standing[] = [{ phase: 'settled', signer: old }];
  for (let n = 0; n < 3; n++) walk.push(n === 0 ? begun(walk[0] as Standing, next) : after(walk.at(-1) as Standing));
  expect(walk.map(({ phase }) => phase)).toEqual(['settled', 'trusting', 'signing', 'forgetting']);
  expect(walk.map(({ signer }) => (signer === old ? 'old' : 'new'))).toEqual(['old', 'old', 'new', 'new']);
  const [, trusting, signing, forgetting] = walk.map(one => trustOf(one));
  expect(trusting).toEqual([old, next]);
  expect(signing).toEqual(trusting);
  expect(forgetting).toEqual([next]);
});

test('hosts that speak of two exchanges contradict each other; a stranger without a mark decides nothing', () => {
  const one = { trust: [old, next], signer: old, next };
  const other = { trust: [old, third], signer: old, next: third };
  const found = standingOf(
    new Map<string, AuthoritySeen>([
      ['kw-1', one],
      ['kw-2', other],
    ]),
  );
  expect(isContradiction(found) && found.hosts).toEqual(['kw-1', 'kw-2']);
  expect(
    standingOf(
      new Map<string, AuthoritySeen>([
        ['kw-1', one],
        ['kw-2', { trust: [third] }],
      ]),
    ),
  ).toEqual(at('trusting'));
  expect(
    standingOf(
      new Map<string, AuthoritySeen>([
        ['kw-1', { trust: [old] }],
        ['kw-2', { trust: [third] }],
      ]),
    ),
  ).toBeUndefined();
  expect(standingOf(new Map<string, AuthoritySeen>([['kw-1', { trust: [old, third] }]]))).toBeUndefined();
  expect(standingOf(new Map<string, AuthoritySeen>([['kw-1', { trust: [] }]]))).toBeUndefined();
});
