/** Clusters of other builders that are well: nobody there is accused of anything. */
import { describe, expect, test } from 'vitest';
import { cases } from '../../../src/clinic/cases/index.js';
import { examine } from '../../../src/clinic/examine/examine.js';
import { flat } from '../../../src/clinic/examine/report.js';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { builders } from './builders.js';
import { kubeadm, onHosts, processes, program, withSection } from './rebuilt.js';

describe.each(builders.map(one => [one.name, one] as const))('%s', (_, { chart, hides }) => {
  const report = examine(chart(), cases);

  test('has no illness, and nothing unexplained', () => {
    expect(
      flat(report.causes).flatMap(one =>
        one.findings.map(finding => `${one.case}/${finding.variant}: ${finding.says}`),
      ),
    ).toEqual([]);
    expect(report.unexplained ?? []).toEqual([]);
    expect(report.verdict).toBe(hides ? 'unseen' : 'healthy');
  });

  test('no case breaks on it', () => {
    expect(report.unknown.flatMap(one => one.missing.filter(({ why }) => why.includes('a bug of kw')))).toEqual([]);
  });
});

describe('what is wrong beside what another builder lays is still named', () => {
  const named = (chart: Chart): readonly string[] => flat(examine(chart, cases).causes).map(one => one.case);
  const onEth1 = (chart: Chart, address: string): Chart =>
    onHosts(chart, (host, number) =>
      number !== 2
        ? host
        : withSection(host, 'network', old => ({
            ...old,
            links: [...old.links, { name: 'eth1', mtu: 1500, up: true }],
            addresses: [...old.addresses, { link: 'eth1', address, prefix: 24 }],
          })),
    );
  const built = (name: string): Chart => {
    const builder = builders.find(one => one.name === name);
    if (!builder) throw new Error(`no builder ${name}`);
    return builder.chart();
  };

  test.each([
    ['kubeadm with Antrea', '10.244.9.7'],
    ['kubeadm with OVN-Kubernetes', '10.96.9.7'],
  ])('%s: a network of hosts among those of the cluster, %s', (name, address) => {
    expect(named(onEth1(built(name), address))).toContain('cidr-overlap');
  });

  test('a switch that holds the host’s own address leads to others, and is no part of the pod network', () => {
    const chart = onHosts(built('kubeadm with Antrea'), host =>
      withSection(host, 'network', old => ({
        ...old,
        links: old.links.map(one => (one.name === 'eth0' ? { ...one, kind: 'openvswitch' } : one)),
        routes: [...old.routes, { to: '10.244.77.0/24', via: '192.0.2.1', link: 'eth0' }],
      })),
    );
    expect(named(chart)).toContain('cidr-overlap');
  });

  test.each(['k3s', 'k3s server', 'k3s-agent', 'kubelite'])(
    '%s hides its components, etcd without it is gone',
    holder => {
      const without = onHosts(
        kubeadm(),
        processes(one => (one.program === 'etcd' ? undefined : one)),
      );
      expect(named(without)).toContain('quorum-lost');
      const held = onHosts(
        without,
        processes(one => one, program([`/usr/local/bin/${holder}`])),
      );
      expect(named(held)).not.toContain('quorum-lost');
    },
  );
});
