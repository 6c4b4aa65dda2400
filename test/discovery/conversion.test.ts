/**
 * What stands between a cluster of kubeadm and Kubewizard's own: nothing is called free that is not, and no plain one
 * is held up.
 */
import { describe, expect, test } from 'vitest';
import { conversionText } from '../../src/cli/view/conversion.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { type ConversionReport, judgeConversion } from '../../src/discovery/conversion/judge.js';
import type { ConversionRule } from '../../src/discovery/conversion/finding.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { builders } from '../clinic/foreign/builders.js';
import { withSection } from '../clinic/foreign/rebuilt.js';
import { chartOf } from '../clinic/kubeadm/chart.js';
import { readRenderings, type Rendering } from '../clinic/kubeadm/corpus.js';
import { drawingOf } from './drawn.js';

const renderings = readRenderings().filter(({ config }) => config !== 'ipv6');

const judged = (chart: Chart, spec: ClusterSpec = drawingOf(chart).spec, ill: readonly string[] = []) =>
  judgeConversion({ chart, spec, ill: ill.map(one => ({ case: one, hosts: ['kw-1'] })) });

const blockers = ({ findings }: ConversionReport): readonly ConversionRule[] => [
  ...new Set(findings.filter(one => one.severity === 'blocker').map(one => one.rule)),
];

/** What stands in the way of each configuration that was rendered, whatever the version; [] nothing. */
const expected: Readonly<Record<string, readonly ConversionRule[]>> = {
  stacked: [],
  'stacked.v1beta3': [],
  patches: [],
  'extra-args.v1beta3': [],
  'extra-args': ['cannot-be-said'],
  'dual-stack': ['cannot-be-said'],
  encryption: ['encrypted'],
  'encryption.v1beta3': ['encrypted'],
  'external-etcd': ['etcd-apart'],
  'other-places': ['cannot-be-said', 'key-missing', 'etcd-named-otherwise', 'pki-elsewhere'],
};

test('every configuration that was rendered has its row', () => {
  expect([...new Set(renderings.map(({ config }) => config))].sort()).toEqual(Object.keys(expected).sort());
});

describe.each(renderings.map(one => [`${one.version} ${one.config}`, one] as const))(
  '%s',
  (_, rendering: Rendering) => {
    test('is held up by what it has, and by nothing else', () => {
      const report = judged(chartOf(rendering));
      // An etcd beside the cluster has a version of its own.
      expect(blockers(report).filter(one => one !== 'etcd-version' || rendering.config !== 'external-etcd')).toEqual(
        expected[rendering.config],
      );
      expect(report.turns.map(({ host }) => host)).toEqual(['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5']);
    });
  },
);

const newest = (): Rendering => {
  const found = renderings.filter(({ config }) => config === 'stacked').at(-1);
  if (!found) throw new Error('nothing was rendered');
  return found;
};

/** Files of a host with other texts. */
const edited = (chart: Chart, name: string, path: string, edit: (text: string) => string): Chart => {
  const host = chart.hosts.get(name) as HostChart;
  const other = withSection(host, 'files', old =>
    old.map(file => (file.path === path ? { ...file, text: edit(file.text ?? '') } : file)),
  );
  return { ...chart, hosts: new Map([...chart.hosts, [name, other]]) };
};

const manifest = (program: string): string => `/etc/kubernetes/manifests/${program}.yaml`;

describe('a plain cluster of today', () => {
  const chart = chartOf(newest());
  const { spec } = drawingOf(chart);

  test('is told turn by turn: control planes one at a time, and what stays', () => {
    const { turns, verdict } = judged(chart, spec);
    expect(verdict).toBe('clear');
    const [first, last] = [turns[0], turns.at(-1)];
    expect(first?.programs.map(one => [one.program, one.is])).toEqual([
      ['etcd', 'static-pod'],
      ['kube-apiserver', 'static-pod'],
      ['kube-controller-manager', 'static-pod'],
      ['kube-scheduler', 'static-pod'],
      ['kubelet', 'unit'],
    ]);
    expect(first?.aside).toContain(manifest('etcd'));
    expect(first?.aside.some(path => path.includes('/kubelet.service.d/'))).toBe(true);
    expect(first?.stays.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['member', 'data', 'node', 'runtime', 'network', 'kube-proxy']),
    );
    expect(last?.programs.map(({ program }) => program)).toEqual(['kubelet']);
    const flags = first?.programs.find(({ program }) => program === 'kube-apiserver')?.flags ?? [];
    expect(flags.map(({ name }) => name)).toContain('encryption-provider-config');
    expect(flags.map(({ name }) => name)).not.toContain('service-cluster-ip-range');
  });

  test('is shown in lines that say that nothing was done', () => {
    const text = conversionText(judged(chart, spec), { colors: false, verbose: true });
    expect(text).toContain('nothing stands in the way');
    expect(text).toContain('Nothing was changed, and no key was copied');
    expect(text).toContain('+ --encryption-provider-config=');
  });

  test('whose endpoint is the address of one of its control planes is told so, and not held up', () => {
    const report = judged(chart, { ...spec, endpoint: { ...spec.endpoint, address: '192.0.2.12' } });
    const found = report.findings.find(one => one.rule === 'endpoint-on-one-host');
    expect([found?.severity, found?.hits.map(({ name }) => name)]).toEqual(['warning', ['kw-2']]);
    expect(judged(chart, spec).findings.map(one => one.rule)).not.toContain('endpoint-on-one-host');
  });

  test('that is ill is cured first', () => {
    const report = judged(chart, spec, ['etcd-alarm']);
    expect(blockers(report)).toEqual(['ill']);
    expect(report.findings[0]?.hits).toEqual([{ what: 'cluster', name: 'etcd-alarm', detail: 'kw-1' }]);
  });

  test('whose file was edited keeps its wishes for later', () => {
    const wished = { ...spec, components: { ...spec.components, scheduler: { extraArgs: { v: '4' } } } };
    const report = judged(chart, wished);
    expect(blockers(report)).toEqual(['file-differs']);
    expect(report.findings[0]?.hits.map(({ name }) => name)).toEqual(['components.scheduler.extraArgs.v']);
  });

  test('with a host that was not seen is not called free', () => {
    const host = chart.hosts.get('kw-2') as HostChart;
    const dark = { ...host, files: { host: 'kw-2', missing: 'timeout', kind: 'unreachable' } } as unknown as HostChart;
    const report = judged({ ...chart, hosts: new Map([...chart.hosts, ['kw-2', dark]]) }, spec);
    expect(blockers(report)).toEqual(['not-as-adopted']);
    expect(report.turns).toEqual([]);
  });

  test.each(['keys', 'etcd', 'versions'] as const)('of whose hosts %s was not seen is not called free', section => {
    const host = chart.hosts.get('kw-2') as HostChart;
    const dark = { ...host, [section]: { host: 'kw-2', what: section, missing: 'timeout', kind: 'timeout' } };
    const report = judged({ ...chart, hosts: new Map([...chart.hosts, ['kw-2', dark as HostChart]]) }, spec);
    expect(report.verdict).not.toBe('clear');
    expect(report.missing.map(one => one.host)).toContain('kw-2');
  });

  const otherPath = (text: string): string => text.replace('path: /etc/kubernetes/pki\n', 'path: /srv/pki\n');
  const besides = (text: string): string =>
    text.replace(/^( *)containers:\n/m, '$1initContainers:\n$1- name: before\n$1  image: x\n$1containers:\n');

  test.each([
    ['path-in-container', manifest('kube-apiserver'), otherPath],
    ['more-in-pod', manifest('kube-scheduler'), besides],
    ['versions-mixed', manifest('kube-scheduler'), text => text.replace(/(image: .*:v1\.\d+)\.\d+/, '$1.0')],
  ] satisfies readonly (readonly [ConversionRule, string, (text: string) => string])[])(
    '%s on one control plane',
    (rule, path, edit) => {
      const other = edited(chart, 'kw-2', path, edit);
      const report = judged(other, spec);
      expect(blockers(report)).toContain(rule);
      expect(report.findings.find(one => one.rule === rule)?.hits.map(({ name }) => name)).toContain('kw-2');
    },
  );

  test('etcd that is newer than what is brought is never made older', () => {
    const report = judgeConversion({ chart, spec, ill: [], brings: '3.5.35' });
    expect(blockers(report)).toEqual(['etcd-version']);
    expect(report.findings[0]?.hits.length).toBe(3);
  });

  test('a learner, and a member that its peers know elsewhere, stand in the way', () => {
    const host = chart.hosts.get('kw-3') as HostChart;
    if (!('value' in host.etcd)) throw new Error('etcd was not seen');
    const members = host.etcd.value.members.map(one =>
      one.name === 'kw-3' ? { ...one, learner: true, peerUrls: ['https://192.0.2.99:2380'] } : one,
    );
    const other = { ...host, etcd: { ...host.etcd, value: { ...host.etcd.value, members } } };
    const report = judged({ ...chart, hosts: new Map([...chart.hosts, ['kw-3', other]]) }, spec);
    expect(blockers(report)).toEqual(['etcd-named-otherwise', 'etcd-unwell']);
  });
});

test.each(builders.filter(one => /^(kubespray|RKE1)/.test(one.name)).map(one => [one.name, one.chart] as const))(
  '%s is not converted: its builder is another',
  (_, chart) => {
    expect(blockers(judged(chart()))).toContain('another-builder');
  },
);
