/** A host that does not answer, and of which nobody has written what it is for: nothing is refuted behind its back. */
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { unseenHost } from '../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { withNodes } from '../../src/engine/gather/nodes.js';
import { baseChart } from './fixture.js';

const dark = (base: Chart, ...names: readonly string[]): Chart => ({
  ...base,
  hosts: new Map(
    [...base.hosts].map(([name, host]) => [
      name,
      names.includes(name)
        ? unseenHost(
            { name, address: host.address, roles: [] },
            { why: 'connection refused', kind: 'unreachable' },
            base.now,
          )
        : host,
    ]),
  ),
});

test('with all hosts dark no case is refuted', () => {
  const base = baseChart('kubeadm');
  const chart = {
    ...dark(base, ...base.hosts.keys()),
    api: {
      version: {
        host: 'cluster',
        source: 'GET /version',
        at: base.now,
        missing: 'no way',
        kind: 'unreachable' as const,
      },
      objects: {},
    },
  };
  const report = examine(chart, cases);
  expect([report.refuted.map(one => one.case), report.causes, report.verdict]).toEqual([[], [], 'unseen']);
});

test('one of unknown purpose leaves every case open; it is not a control plane by guess, so nobody is made ill', () => {
  const report = examine(dark(baseChart('kubeadm'), 'kw-5'), cases);
  expect([report.refuted, report.causes.map(one => one.case), report.verdict]).toEqual([[], [], 'unseen']);
  expect(report.unknown.find(one => one.case === 'quorum-lost')?.missing).toContainEqual({
    host: 'kw-5',
    what: 'what it is for',
    why: 'connection refused',
    kind: 'unreachable',
  });
});

test('where the API knows the node, what is not about it is refuted', () => {
  const chart = withNodes(dark(baseChart('kubeadm'), 'kw-5'));
  expect(chart.hosts.get('kw-5')?.roles).toEqual(['worker']);
  const report = examine(chart, cases);
  expect(report.refuted.map(one => one.case)).toContain('quorum-lost');
  expect(report.causes).toEqual([]);
});

test('stopped on purpose, and answering with nothing on it, are no reason to doubt', () => {
  const base = baseChart('kubeadm');
  expect(examine({ ...dark(base, 'kw-5'), stopped: ['kw-5'] }, cases).refuted.length).toBeGreaterThan(20);
});
