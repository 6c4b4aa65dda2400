/**
 * What kubeadm of 1.30, 1.34, 1.36 and 1.37 renders is read whole, and nobody is accused of it; what is spoilt in it is
 * seen.
 */
import { describe, expect, test } from 'vitest';
import { cases } from '../../../src/clinic/cases/index.js';
import { readProbe } from '../../../src/clinic/cases/control-plane/probe-misses-its-target/asked.js';
import { edgesOf } from '../../../src/clinic/edges/prove.js';
import { examine } from '../../../src/clinic/examine/examine.js';
import { flat, type Report } from '../../../src/clinic/examine/report.js';
import { flagsOf } from '../../../src/clinic/read/flags.js';
import { kubeletOf } from '../../../src/clinic/read/kubelet.js';
import { staticPods } from '../../../src/clinic/read/manifests.js';
import { minorOf } from '../../../src/catalog/index.js';
import { chartOf } from './chart.js';
import { readRenderings, type Rendering } from './corpus.js';

const all = readRenderings();
const nameOf = ({ version, config }: Rendering): string => `kubeadm ${version}, ${config}`;

const accused = (report: Report): readonly string[] =>
  flat(report.causes).flatMap(one => one.findings.map(({ variant, says }) => `${one.case}/${variant}: ${says}`));

/** Those whose kubeadm was built so far: `scripts/render-kubeadm.ts VERSION` adds another. */
test('each minor is there with every configuration that it reads', () => {
  const minors = [...new Set(all.map(({ version }) => minorOf(version)))].sort();
  expect(minors).toEqual([30, 31, 32, 33, 34, 35, 36, 37]);
  for (const minor of minors) {
    const configs = all.filter(({ version }) => minorOf(version) === minor).map(({ config }) => config);
    for (const config of ['stacked', 'external-etcd', 'dual-stack', 'ipv6', 'extra-args', 'patches', 'encryption'])
      expect(
        configs.some(one => one.split('.')[0] === config),
        `${config} of 1.${minor}`,
      ).toBe(true);
  }
});

describe.each(all.map(one => [nameOf(one), one] as const))('%s', (_, rendering) => {
  const chart = chartOf(rendering);

  test('has no illness, nothing unexplained, nothing that was not read', () => {
    const report = examine(chart, cases);
    expect(accused(report)).toEqual([]);
    expect(report.unexplained ?? []).toEqual([]);
    expect(report.unknown.flatMap(one => one.missing.map(({ host, why }) => `${one.case} ${host}: ${why}`))).toEqual(
      [],
    );
    expect(report.verdict).toBe('healthy');
  });

  test('is read by every reader', () => {
    const [host] = [...chart.hosts.values()];
    if (!host) throw new Error('no hosts');
    const pods = staticPods(host);
    expect(pods.map(({ problem }) => problem)).toEqual(pods.map(() => undefined));
    expect(pods).toHaveLength(rendering.config === 'external-etcd' ? 3 : 4);
    for (const pod of pods)
      for (const container of pod.containers) {
        const flags = flagsOf(host, container.name).inForce;
        const variables = Object.keys(container.env).filter(name => name.startsWith('ETCD_'));
        expect(flags?.argv, pod.name).toHaveLength(container.command.length - 1 + variables.length);
        for (const [probe, written] of Object.entries(container.probes))
          expect(readProbe(written, container.ports), `${pod.name} ${probe}`).toMatchObject({
            port: expect.any(Number),
            scheme: expect.any(String),
          });
      }
    expect(kubeletOf(host).problem).toBeUndefined();
  });
});

test('a cluster of the other address family has as many connections to prove', () => {
  for (const rendering of all.filter(({ config }) => config === 'ipv6')) {
    const other = all.find(({ version, config }) => version === rendering.version && config.startsWith('stacked'));
    if (!other) throw new Error('no stacked one');
    expect(edgesOf(chartOf(rendering)).length).toBe(edgesOf(chartOf(other)).length);
  }
});

/** What a person may spoil in a file that kubeadm wrote, and what it is called then. */
interface Spoilt {
  readonly file: string;
  readonly from: RegExp;
  readonly to: string;
  readonly says: string;
  /** The last minor of which it is true. */
  readonly until?: number;
}

const spoilt: readonly Spoilt[] = [
  {
    file: 'manifests/kube-controller-manager.yaml',
    from: /containerPort: 10257|port: 10257/,
    to: 'PORT: 10299',
    says: 'probe-misses-its-target',
  },
  {
    file: 'manifests/etcd.yaml',
    from: /containerPort: 2381|port: 2381/,
    to: 'PORT: 2399',
    says: 'probe-misses-its-target',
  },
  {
    file: 'manifests/kube-apiserver.yaml',
    from: /--advertise-address=192\.0\.2\.11/,
    to: '--advertise-address=192.0.2.99',
    says: 'control-plane-ip-changed',
  },
  {
    file: 'kubelet/config.yaml',
    from: /cgroupDriver: systemd/,
    to: 'cgroupDriver: cgroupfs',
    says: 'cgroup-driver-mismatch',
    // From 1.31 on the kubelet asks a containerd of today for its driver, and its own is not used.
    until: 30,
  },
  { file: 'kubelet/config.yaml', from: /- 10\.96\.0\.10/, to: '- 10.96.0.11', says: 'cluster-dns-missing' },
];

const spoiltBy = (rendering: Rendering, one: (typeof spoilt)[number]): Rendering => ({
  ...rendering,
  files: new Map(
    [...rendering.files].map(([path, text]) => [
      path,
      path.endsWith(one.file)
        ? text.replace(one.from, found => one.to.replace('PORT', found.split(':')[0] ?? ''))
        : text,
    ]),
  ),
});

test.each(
  all
    .filter(({ config }) => config === 'stacked' || config === 'stacked.v1beta3')
    .map(one => [nameOf(one), one] as const),
)('what is spoilt in %s is named', (_, rendering) => {
  for (const one of spoilt.filter(({ until = 99 }) => minorOf(rendering.version) <= until)) {
    const ill = spoiltBy(rendering, one);
    expect([...ill.files.values()], `${one.file} of ${nameOf(rendering)} has nothing to spoil`).not.toEqual([
      ...rendering.files.values(),
    ]);
    const report = examine(chartOf(ill), cases);
    expect(
      flat(report.causes).map(found => found.case),
      `${one.from} in ${one.file}`,
    ).toContain(one.says);
  }
});
