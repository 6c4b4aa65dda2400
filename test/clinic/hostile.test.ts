/** Hostile evidence changes no verdict of others, runs nothing, and prints safely. */
import { expect, test } from 'vitest';
import { examine } from '../../src/clinic/examine/examine.js';
import { explainText } from '../../src/clinic/explain/explain.js';
import { readings } from '../../src/clinic/examine/normalise.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { reportHtml } from '../../src/cli/view/clinic/html.js';
import { reportText } from '../../src/cli/view/clinic/text.js';
import { cases } from '../../src/clinic/cases/index.js';
import { readChart, chartFacts } from '../../src/facts/chart/index.js';
import { baseChart, readFixture } from './fixture.js';

const evil = '\x1b]0;owned\x07\x1b[2J\x9b31m\u202e$(touch /tmp/owned)`id`; rm -rf / #<script>alert(1)</script>\0';

const poisoned = (chart: Chart): Chart => ({
  ...chart,
  hosts: new Map(
    [...chart.hosts].map(([name, host]) => [
      name,
      {
        ...host,
        logs: { ...host.logs, value: { kubelet: [evil, 'x'.repeat(1_000_000)], [evil]: [evil] } },
        files:
          'value' in host.files
            ? {
                ...host.files,
                value: [
                  ...host.files.value,
                  {
                    path: '/etc/kubernetes/manifests/.hidden',
                    mode: '644',
                    owner: 'root',
                    size: 3,
                    changedAt: 'nonsense',
                    sha256: '',
                    text: evil,
                  },
                  {
                    path: '/etc/sysctl.d/zz.conf',
                    mode: '644',
                    owner: 'root',
                    size: 3,
                    changedAt: '',
                    sha256: '',
                    text: `# ${evil}`,
                  },
                ],
              }
            : host.files,
      },
    ]),
  ),
});

test.each(['five', 'kubeadm'] as const)('junk in logs and files of a healthy %s makes nobody ill', base => {
  const before = examine(baseChart(base), cases);
  const after = examine(poisoned(baseChart(base)), cases);
  expect(after.causes).toEqual(before.causes);
  expect(after.refuted.map(one => one.case)).toEqual(before.refuted.map(one => one.case));
});

test('a report of hostile words prints no control character, and its page runs nothing', async () => {
  const { chart } = await readFixture('leaf-certificate-expired', 'sick-file.yaml');
  const host = chart.hosts.get('kw-1');
  if (!host) throw new Error('the fixture lost kw-1');
  const report = examine({ ...poisoned(chart), spec: { ...chart.spec, name: evil } as never }, cases);
  const evilReport = {
    ...report,
    cluster: evil,
    causes: report.causes.map(one => ({
      ...one,
      title: evil,
      findings: one.findings.map(each => ({
        ...each,
        says: evil,
        shows: [{ host: evil, source: evil, at: evil, text: evil }],
      })),
    })),
  };
  const text = reportText(evilReport, { colors: false, verbose: true });
  expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  const page = reportHtml(evilReport);
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(page).not.toMatch(/(?:src|href)=|url\(/);
});

test.each([
  ['full-width', 'x509： certificate has expired or is not yet valid'],
  ['wrapped inside a word', 'x509: certificate has exp\nired or is not yet valid'],
  ['wrapped between words', 'x509: certificate has\nexpired or is not yet valid'],
  ['Markdown', '> **x509: certificate has `expired` or is not yet valid**'],
  ['nested JSON', '{"log":"{\\"msg\\":\\"x509: certificate\\\\thas expired or is not yet valid\\"}\\n"}'],
  ['syslog', 'kubelet[1]:#011x509: certificate#011has expired or is not yet valid'],
  ['a terminal', '\x1b[31mx509: certificate \x1b[0mhas expired or is not yet valid'],
])('explains a paste damaged by %s', (_, text) => {
  expect(explainText(text, cases).map(one => one.case)).toContain('leaf-certificate-expired');
});

test('with a chart each candidate is confirmed, refuted or unknown', async () => {
  const text = 'Unable to connect to the server: x509: certificate has expired or is not yet valid: current time';
  const of = (chart: Chart) =>
    explainText(text, cases, chart).find(one => one.case === 'leaf-certificate-expired')?.tested?.result;
  expect(of((await readFixture('leaf-certificate-expired', 'sick-file.yaml')).chart)).toBe('confirmed');
  expect(of(baseChart('five'))).toBe('refuted');
});

test('a long paste is read in linear time', () => {
  // CPU time: others run beside this test.
  const from = process.cpuUsage();
  readings('\\'.repeat(200_000));
  explainText('certificate '.repeat(20_000), cases);
  const { user, system } = process.cpuUsage(from);
  expect((user + system) / 1e6, 'seconds of CPU').toBeLessThan(15);
});

test('an answer of junk, cut anywhere, leaves sections missing or read, and never throws', () => {
  const nonce = 'abcdef1234567890';
  const whole = chartFacts
    .map(
      ({ id }) =>
        `\n${nonce}> ${id}\n${evil}[{"x": 1\n#file /etc/x\n=: [\n#stat 644 root 9 1e99 /x\n\n${nonce}< ` + `${id} 0\n`,
    )
    .join('');
  for (const cut of [0, 10, 500, whole.length / 2, whole.length]) {
    const read = readChart('h', whole.slice(0, cut), nonce, { sentAt: 0, answeredAt: 1000 });
    for (const { id } of chartFacts) expect('value' in read[id] || 'missing' in read[id]).toBe(true);
  }
});
