/** Law L7: what is planted anywhere in the evidence never leaves in a bundle or a report. */
import { expect, test } from 'vitest';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBundle, writeBundle } from '../../src/clinic/bundle.js';
import { chartToJson } from '../../src/clinic/bundle-json.js';
import type { Chart } from '../../src/clinic/chart.js';
import { redact } from '../../src/facts/chart/redact.js';
import { baseChart } from './fixture.js';
import { testAuthority } from './issued.js';

const key = testAuthority('ca').keyPem;
const body = key.split('\n').slice(1, -2).join('');
const jwt = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6eDp5In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';
const planted: Readonly<Record<string, readonly [text: string, secret: string]>> = {
  'a key in a file': [`before\n${key}after`, body.slice(0, 40)],
  'a key cut off': [key.slice(0, 120), body.slice(20, 50)],
  'a key in a kubeconfig': [`    client-key-data: ${Buffer.from(key).toString('base64')}\n`, Buffer.from(key).toString('base64').slice(50, 90)],
  'an encryption key': ['      - name: k1\n        secret: c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=\n', 'c2VjcmV0LXNlY3JldC1zZWNyZXQ'],
  'a bearer token in a log': [`GET /api Authorization: Bearer ${jwt}`, jwt.slice(20, 60)],
  'a service account token': [`token: ${jwt}`, jwt.slice(60, 100)],
  'a bootstrap token': ['kubeadm join --token abcdef.0123456789abcdef 10.0.0.1:6443', '0123456789abcdef'],
  'a password in argv': ['--etcd-password=hunter2hunter2', 'hunter2hunter2'],
  'a password in a URL': ['https_proxy=http://user:s3cr3tpass@proxy:3128', 's3cr3tpass'],
  'a password of keepalived': ['auth_pass: qwertzuiop12', 'qwertzuiop12'],
};

test.each(Object.entries(planted))('%s is taken out of a text', (_, [text, secret]) => {
  expect(text).toContain(secret);
  expect(redact(text)).not.toContain(secret);
});

test('what is no secret stays', () => {
  for (const text of ['--initial-cluster-token=production', '--token-auth-file=/etc/tokens.csv', 'secret: sha256:0123', 'tokenReview: webhook', '--service-account-key-file=/etc/kubernetes/pki/sa.pub']) expect(redact(text)).toBe(text);
});

test('planted in every place of a chart, nothing of it is in the bundle', () => {
  const base = baseChart('five');
  const host = base.hosts.get('kw-1');
  if (!host) throw new Error('the base chart lost kw-1');
  const texts = Object.values(planted).map(([text]) => text);
  const at = { host: 'kw-1', source: 'test', at: base.now };
  const chart: Chart = {
    ...base,
    api: { ...base.api, objects: { ...base.api.objects, configmaps: { ...at, value: [{ metadata: { name: 'x', namespace: 'kube-system' }, data: Object.fromEntries(texts.map((text, n) => [`k${n}`, text])) }] } } },
    hosts: new Map(base.hosts).set('kw-1', {
      ...host, logs: { ...at, value: { kubelet: texts } }, processes: { ...at, value: [{ program: 'x', pid: 1, argv: texts, proxies: { HTTPS_PROXY: texts[8] ?? '' }, startedAt: base.now, contained: false }] },
      files: { ...at, value: texts.map((text, n) => ({ path: `/f${n}`, mode: '600', owner: 'root', size: 1, changedAt: base.now, sha256: '', text })) }, health: { ...at, value: { x: texts.join('\n') } },
    }),
  };
  const bundle = gunzipSync(writeBundle(chart)).toString();
  for (const [name, [, secret]] of Object.entries(planted)) expect(bundle.includes(secret), name).toBe(false);
});

test('a bundle is the same bytes for the same chart, and opens as that chart', () => {
  const chart = baseChart('kubeadm');
  const bytes = writeBundle(chart);
  expect(writeBundle(baseChart('kubeadm')).equals(bytes)).toBe(true);
  expect(chartToJson(readBundle(bytes))).toBe(chartToJson(chart));
});

test('damaged and hostile bundles are refused with a reason, sections of nonsense are missing', () => {
  const bytes = writeBundle(baseChart('five'));
  for (const bad of [Buffer.alloc(0), Buffer.from('hello'), bytes.subarray(0, bytes.length / 2), Buffer.concat([bytes.subarray(0, 20), Buffer.from('junk')])]) expect(() => readBundle(bad)).toThrow(RangeError);
  const text = chartToJson(baseChart('five'));
  const odd = JSON.parse(text) as { hosts: Record<string, Record<string, unknown>> };
  odd.hosts['kw-1'] = { name: 'kw-1', files: 'nonsense' };
  const host = readBundle(gzipSync(JSON.stringify(odd))).hosts.get('kw-1');
  expect(host && 'missing' in host.files && 'missing' in host.logs).toBe(true);
});
