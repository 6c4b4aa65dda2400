/** What the doctor calls near its end is what a plan signs again, whatever the lifetimes: one definition for both. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import leafNotRenewed from '../../src/clinic/cases/pki/leaf-not-renewed/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { Finding } from '../../src/clinic/examine/verdict.js';
import { restoreAt } from '../../src/clinic/therapies/restore.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { isNearItsEnd, renewedAt } from '../../src/pki/life.js';
import { readCertificates } from '../../src/pki/read.js';
import { answerOf, unanswered } from '../../src/pki/request.js';
import type { CertificateWant } from '../../src/resources/wants.js';
import { baseChart } from './fixture.js';
import { testAuthority } from './issued.js';

interface Paths {
  readonly path: string;
  readonly leaf?: string;
}
const day = 86_400_000;
const file = '/etc/kubernetes/pki/apiserver.crt';
const [ca] = readCertificates(testAuthority('ca').certPem).certificates;
const caEnds = Date.parse(ca?.notAfter ?? '');

/** The API server's certificate of kw-1 with these dates: its signature still says who has signed it. */
const aged = (base: Chart, dates: Partial<Certificate>, now: string): { chart: Chart; leaf: Certificate } => {
  const host = base.hosts.get('kw-1');
  if (!host || !('value' in host.certificates)) throw new Error('the base chart lost kw-1');
  let leaf: Certificate | undefined;
  const value = host.certificates.value.map(one => {
    if (one.path !== file) return one;
    const certificates = one.certificates.map(each => ({ ...each, ...dates }));
    leaf = certificates[0];
    return { ...one, certificates };
  });
  if (!leaf) throw new Error(`the base chart lost ${file}`);
  const changed = { ...host, certificates: { ...host.certificates, value } };
  return { chart: { ...base, now, hosts: new Map(base.hosts).set('kw-1', changed) }, leaf };
};

test.each(['five', 'kubeadm'] as const)('%s: whatever is found, its therapy changes something', name => {
  const base = baseChart(name);
  const seen = { 'near-end': 0, 'ca-near-end': 0 };
  const lives = fc.record({
    days: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 36_500 })),
    over: fc.double({ min: 0.6, max: 0.9999, noNaN: true }),
    withItsCa: fc.boolean(),
  });
  fc.assert(
    fc.property(lives, ({ days, over, withItsCa }) => {
      const until = withItsCa ? caEnds : caEnds - day;
      const from = until - days * day;
      const now = new Date(from + over * days * day).toISOString();
      const dates = { notBefore: new Date(from).toISOString(), notAfter: new Date(until).toISOString() };
      const { chart, leaf } = aged(base, dates, now);
      const verdict = leafNotRenewed.diagnose(chart);
      const findings = (verdict.verdict === 'sick' ? verdict.findings : []) as readonly (Finding & { facts: Paths })[];
      const found = findings.find(one => one.host === 'kw-1' && [one.facts.path, one.facts.leaf].includes(file));
      expect(found !== undefined).toBe(isNearItsEnd(leaf, new Date(now)));
      if (!found) return;
      expect(over, 'the timer has been due for long').toBeGreaterThan(renewedAt.parts / renewedAt.of);
      const therapy = leafNotRenewed.therapy(found, chart);
      const wanted = 'want' in therapy ? therapy.want : restoreAt(chart, 'kw-1', file);
      const want = wanted.find(one => one.key === file)?.want as CertificateWant | undefined;
      const changes = want && unanswered(want.request, answerOf(leaf, want.caPem), new Date(now)).map(one => one.field);
      seen[found.variant as keyof typeof seen]++;
      if (found.variant === 'near-end') expect(changes).toContain('notAfter');
      else {
        expect('refused' in therapy).toBe(true);
        expect(changes ?? [], 'nothing longer could be signed').not.toContain('notAfter');
      }
    }),
    { numRuns: 300 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
});

test('a CA that has ended before its leaf is not said to end in so many days less than none', () => {
  const at = (days: number): string => new Date(caEnds + days * day).toISOString();
  const { chart } = aged(baseChart('five'), { notBefore: at(-400), notAfter: at(5) }, at(1));
  const verdict = leafNotRenewed.diagnose(chart);
  const found = verdict.verdict === 'sick' ? verdict.findings.find(one => one.host === 'kw-1') : undefined;
  if (!found) throw new Error('nothing is found');
  expect(found.says).toMatch(/^the CA \/etc\/kubernetes\/pki\/ca\.crt ended on [^,]+, and /);
});
