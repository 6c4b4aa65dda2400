/** What a person reads first of a cluster that is well: one screen, however much its logs complain. */
import { expect, test } from 'vitest';
import { reportText } from '../../src/cli/view/clinic/text.js';
import type { Report } from '../../src/clinic/examine/report.js';

const healthy: Report = {
  at: '2026-01-01T00:00:00.000Z',
  cluster: 'demo',
  verdict: 'healthy',
  blind: [],
  causes: [],
  refuted: Array.from({ length: 61 }, (_, at) => ({ case: `case-${at}`, title: 'A title' })),
  unknown: [],
  notApplicable: [],
  benign: Array.from({ length: 40 }, (_, at) => ({
    case: 'vrrp-clash',
    host: 'kw-1',
    line: `keepalived[1]: line ${at}`,
    because: 'once, when another host goes',
  })),
};

test('harmless lines and refuted illnesses are a count each, and a list where it is asked for', () => {
  const short = reportText(healthy, { colors: false });
  expect(short.split('\n').length).toBeLessThan(10);
  expect(short).toContain('40 alarming lines in the logs, harmless on this cluster (--verbose');
  expect(short).toContain('Tested and refuted: 61 illnesses');
  const long = reportText(healthy, { colors: false, verbose: true });
  for (const { line, because } of healthy.benign) {
    expect(long).toContain(line);
    expect(long).toContain(because);
  }
  for (const one of healthy.refuted) expect(long).toContain(one.case);
});

test('hosts of which nothing was seen are a line, and not one for each thing of theirs', () => {
  const hosts = ['kw-1', 'kw-2', 'kw-3'];
  const why = 'login refused';
  const gone = { why, kind: 'unreachable' } as const;
  const dark: Report = {
    ...healthy,
    verdict: 'unseen',
    blind: hosts.map(host => ({ host, what: 'everything', ...gone })),
    unknown: ['swap-on', 'quorum-lost'].map(id => ({
      case: id,
      title: 'A title',
      missing: [...hosts, 'kw-4'].flatMap(host => ['processes', 'files'].map(what => ({ host, what, ...gone }))),
    })),
  };
  const short = reportText(dark, { colors: false });
  expect(short).toMatch(/^ {2}3 hosts: everything \(login refused\)/m);
  expect(short).not.toContain('kw-1: processes');
  // Of another host it was seen that there is something, and what of it was not.
  expect(short).toContain('kw-4: processes (login refused); undecided: swap-on, quorum-lost');
  expect(short).toContain('2 illnesses are undecided in all (--verbose');
  expect(reportText(dark, { colors: false, verbose: true })).toContain('kw-1: processes');
});
