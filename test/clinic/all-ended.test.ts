/** Where every certificate has ended, nobody cures them one by one: the next act is named. */
import { expect, test } from 'vitest';
import kubeletClient from '../../src/clinic/cases/pki/kubelet-client-certificate-expired/case.js';
import leafExpired from '../../src/clinic/cases/pki/leaf-certificate-expired/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { allEnded } from '../../src/clinic/read/all-ended.js';
import { certificatesListed } from '../../src/clinic/read/certificates-listed.js';
import { certsText } from '../../src/cli/view/certs.js';
import { baseChart } from './fixture.js';

/** So late that all leaves have ended, and no CA. */
const late = (base: Chart): Chart => {
  const all = certificatesListed(base).certificates;
  const ends = all.filter(one => !one.isCa).map(one => one.endsAt);
  const now = new Date(Date.parse(ends.sort().at(-1) ?? '') + 400 * 86_400_000).toISOString();
  expect(all.filter(one => one.isCa).every(one => one.endsAt > now)).toBe(true);
  return { ...base, now };
};

const therapies = (chart: Chart) =>
  [leafExpired, kubeletClient].map(one => {
    const verdict = one.diagnose(chart);
    const findings = verdict.verdict === 'sick' ? verdict.findings : [];
    return { found: findings.length, cures: findings.map(finding => one.therapy(finding, chart)) };
  });

test('every therapy of a cluster of ours says: kw revive', () => {
  const chart = late(baseChart('five'));
  expect(allEnded(chart)).toBe(true);
  for (const { found, cures } of therapies(chart)) {
    expect(found).toBeGreaterThan(0);
    for (const cure of cures) expect(cure).toMatchObject({ advice: ['kw revive'] });
  }
  expect(certsText(certificatesListed(chart), false)).toMatch(/\d+ ended, .*: kw revive\n/);
});

test('one that has not ended, or a cluster of another builder: cured as ever', () => {
  const five = baseChart('five');
  expect(allEnded(five)).toBe(false);
  expect(certsText(certificatesListed(five), false)).not.toContain('kw revive');
  const chart = late(five);
  const host = chart.hosts.get('kw-1');
  if (!host || !('value' in host.certificates)) throw new Error('the base chart lost kw-1');
  const value = host.certificates.value.map(one =>
    one.path.endsWith('/apiserver.crt')
      ? { ...one, certificates: one.certificates.map(each => ({ ...each, notAfter: '2099-01-01T00:00:00.000Z' })) }
      : one,
  );
  const hosts = new Map(chart.hosts).set('kw-1', { ...host, certificates: { ...host.certificates, value } });
  expect(allEnded({ ...chart, hosts })).toBe(false);
  expect(allEnded(late(baseChart('kubeadm')))).toBe(false);
  expect(allEnded({ ...chart, hosts: new Map() })).toBe(false);
});
