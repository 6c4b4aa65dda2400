/** What is listed is what is in use; loaded is what a handshake, or the start of a process, proves. */
import { expect, test } from 'vitest';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { type CertificateList, certificatesListed } from '../../src/clinic/read/certificates-listed.js';
import type { Evidence } from '../../src/model/fact.js';
import { exitOfCerts } from '../../src/workflow/certs.js';
import { certsText } from '../../src/cli/view/certs.js';
import { piecesOf, watched, without } from './evidence.js';
import { baseChart } from './fixture.js';

const withHost = (chart: Chart, name: string, act: (host: HostChart) => HostChart): Chart => {
  const host = chart.hosts.get(name);
  if (!host) throw new Error(`no host ${name}`);
  return { ...chart, hosts: new Map(chart.hosts).set(name, act(host)) };
};
const map = <T>(evidence: Evidence<T>, act: (value: T) => T): Evidence<T> =>
  'value' in evidence ? { ...evidence, value: act(evidence.value) } : evidence;
const at = ({ certificates }: CertificateList, host: string, path: string) =>
  certificates.find(one => one.host === host && one.path === path);

test.each(['five', 'kubeadm'] as const)(
  '%s: all of a healthy cluster, none of it older, the first to end on top',
  base => {
    const list = certificatesListed(baseChart(base));
    expect(list.missing).toEqual([]);
    expect(list.certificates.length).toBeGreaterThan(30);
    expect(list.certificates.filter(one => one.loaded === 'older')).toEqual([]);
    const ends = list.certificates.map(one => one.endsAt);
    expect(ends).toEqual([...ends].sort());
    expect(at(list, 'kw-1', '/etc/kubernetes/pki/apiserver.crt')).toMatchObject({
      subject: expect.stringContaining('CN=kube-apiserver'),
      signer: expect.stringContaining('CN=kubernetes'),
      readBy: ['kube-apiserver (serving)'],
      loaded: 'current',
      isCa: false,
    });
    expect(at(list, 'kw-1', '/etc/kubernetes/pki/ca.crt')).toMatchObject({ isCa: true });
    expect(exitOfCerts(list)).toBe(0);
  },
);

test('of a cluster of ours each that is signed says who renews it, and nobody renews a CA', () => {
  const { certificates } = certificatesListed(baseChart('five'));
  const whose = (host: string, path: string) => at({ certificates } as CertificateList, host, path)?.renewedBy;
  expect(whose('kw-1', '/etc/kubernetes/pki/apiserver.crt')).toBe('timer');
  expect(whose('kw-1', '/etc/kubernetes/pki/ca.crt')).toBeUndefined();
  expect(whose('kw-4', '/var/lib/kube-proxy/kubeconfig.conf')).toBe('kw');
  expect(certificates.filter(one => !one.isCa && one.renewedBy === undefined)).toEqual([]);
  expect(certsText(certificatesListed(baseChart('five')), false)).toMatch(
    /^renewed by kw up: .*no CA key lies on its/m,
  );
  const foreign = certificatesListed(baseChart('kubeadm'));
  expect(foreign.certificates.filter(one => one.renewedBy)).toEqual([]);
  expect(certsText(foreign, false)).not.toContain('renewed by timer');
});

test('a port that shows another certificate than lies on the disk has an older one loaded', () => {
  const chart = withHost(baseChart('five'), 'kw-2', host => ({
    ...host,
    served: map(host.served, all =>
      all.map(one =>
        one.port === 6443 ? { ...one, chain: one.chain.map(each => ({ ...each, fingerprint: 'old' })) } : one,
      ),
    ),
  }));
  const list = certificatesListed(chart);
  expect(at(list, 'kw-2', '/etc/kubernetes/pki/apiserver.crt')?.loaded).toBe('older');
  expect(at(list, 'kw-1', '/etc/kubernetes/pki/apiserver.crt')?.loaded).toBe('current');
  expect(exitOfCerts(list)).toBe(2);
});

test('a kubeconfig that was written after its reader started is not what the reader has', () => {
  const chart = withHost(baseChart('five'), 'kw-1', host => ({
    ...host,
    kubeconfigs: map(host.kubeconfigs, all =>
      all.map(one =>
        one.path === '/etc/kubernetes/scheduler.conf' ? { ...one, changedAt: '2026-06-01T11:59:59.000Z' } : one,
      ),
    ),
  }));
  const list = certificatesListed(chart);
  expect(at(list, 'kw-1', '/etc/kubernetes/scheduler.conf')).toMatchObject({
    readBy: ['kube-scheduler (kubeconfig)'],
    loaded: 'older',
  });
  // kubectl reads its file each time.
  expect(at(list, 'kw-1', '/etc/kubernetes/admin.conf')?.loaded).toBeUndefined();
});

test('what has ended says so, and the same on many hosts is one line', () => {
  const list = certificatesListed({ ...baseChart('five'), now: '2126-06-01T00:00:00.000Z' });
  expect(list.certificates.every(one => one.days < 0)).toBe(true);
  const text = certsText(list, false);
  expect(text).toMatch(/^ended \d{4}-\d\d-\d\d +kw-\[1-3\] +\/etc\/kubernetes\/pki\/ca\.crt/m);
  expect(exitOfCerts(list)).toBe(2);
});

test('evidence that is taken away is named as not seen', () => {
  const { chart, read } = watched(baseChart('five'));
  certificatesListed(chart);
  const pieces = piecesOf(chart).filter(piece => read.has(piece) && /certificates|kubeconfigs|processes/.test(piece));
  expect(pieces.length).toBeGreaterThan(10);
  for (const piece of pieces) {
    const list = certificatesListed(without(baseChart('five'), piece));
    expect(list.missing.map(one => `hosts/${one.host}/${one.what}`)).toEqual([piece]);
    expect(exitOfCerts(list)).toBe(3);
  }
});
