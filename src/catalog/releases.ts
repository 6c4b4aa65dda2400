/**
 * One line per minor; etcd, CoreDNS and pause are those of kubeadm's last known patch of it, etcd never one of the
 * 3.5.0 to 3.5.2 that could corrupt data.
 */
import type { Release } from './release.js';
import { minorNumber, minorOf, parseVersion } from './versions.js';

/**
 * latest patch, etcd, CoreDNS, pause. Source: kubeadm's constants of each minor; 1.36 from its own rendered manifests.
 */
const table: readonly (readonly [latest: string, etcd: string, coredns: string, pause: string])[] = [
  ['1.20.15', '3.4.13', '1.7.0', '3.2'],
  ['1.21.14', '3.4.13', '1.8.0', '3.4.1'],
  ['1.22.17', '3.5.6', '1.8.4', '3.5'],
  ['1.23.17', '3.5.6', '1.8.6', '3.6'],
  ['1.24.17', '3.5.6', '1.8.6', '3.7'],
  ['1.25.16', '3.5.9', '1.9.3', '3.8'],
  ['1.26.15', '3.5.10', '1.9.3', '3.9'],
  ['1.27.16', '3.5.12', '1.10.1', '3.9'],
  ['1.28.15', '3.5.15', '1.10.1', '3.9'],
  ['1.29.15', '3.5.16', '1.11.1', '3.9'],
  ['1.30.14', '3.5.15', '1.11.3', '3.9'],
  ['1.31.14', '3.5.15', '1.11.3', '3.10'],
  ['1.32.13', '3.5.16', '1.11.3', '3.10'],
  ['1.33.13', '3.5.21', '1.12.0', '3.10'],
  ['1.34.11', '3.6.5', '1.12.1', '3.10.1'],
  ['1.35.7', '3.6.6', '1.13.1', '3.10.1'],
  ['1.36.4', '3.6.8', '1.14.2', '3.10.2'],
  ['1.37.2', '3.7.0', '1.14.6', '3.10.2'],
];

/** Oldest first. */
export const releases: readonly Release[] = table.map(([latest, etcd, coredns, pause]): Release => {
  const n = minorOf(latest);
  const registry = n <= 24 ? 'k8s.gcr.io' : 'registry.k8s.io';
  return {
    minor: `1.${n}`,
    latestPatchKnown: latest,
    registry,
    etcd: { image: `${registry}/etcd:${etcd}-0`, version: etcd },
    coredns: {
      image: n <= 20 ? `${registry}/coredns:${coredns}` : `${registry}/coredns/coredns:v${coredns}`,
      version: coredns,
    },
    pauseImage: `${registry}/pause:${pause}`,
    cgroupV1: n <= 30 ? 'supported' : n <= 34 ? 'maintenance' : 'refused',
    containerd: containerd(n),
    controlPlaneLabels: labels(n),
    controlPlaneTaints: taintKeys(n).map(key => ({ key, effect: 'NoSchedule' })),
  };
});

/**
 * The minor that an exact version belongs to: `release('1.29.3')`; undefined: not in the catalog, or no exact version.
 */
export const release = (version: string): Release | undefined => {
  const parsed = parseVersion(version);
  return parsed?.major === 1 ? releases.find(({ minor }) => minorNumber(minor) === parsed.minor) : undefined;
};

/**
 * What a cluster file that names no version gets: Debian's source package has one version, everyone else the newest
 * known.
 */
export const defaultVersion = (source: 'auto' | 'release' | 'mirror' | 'go' | 'debian'): string =>
  source === 'debian' ? debianVersion : (releases.at(-1)?.latestPatchKnown ?? debianVersion);

/** The one version in Debian bookworm's source package `kubernetes` (1.20.5+really1.20.2). */
export const debianVersion = '1.20.2';

/**
 * CRI v1 is the only one from kubelet 1.26 on, v1alpha2 the only one before 1.23; 1.35 is the last minor with
 * containerd 1.
 */
function containerd(n: number): Release['containerd'] {
  if (n <= 22) return { min: '1.4.0', below: '2.0.0' };
  if (n <= 25) return { min: '1.4.0' };
  return { min: n <= 35 ? '1.6.0' : '2.0.0' };
}

function labels(n: number): readonly string[] {
  return [
    ...(n <= 23 ? ['node-role.kubernetes.io/master'] : []),
    'node-role.kubernetes.io/control-plane',
    ...(n >= 21 ? ['node.kubernetes.io/exclude-from-external-load-balancers'] : []),
  ];
}

function taintKeys(n: number): readonly string[] {
  return [
    ...(n <= 24 ? ['node-role.kubernetes.io/master'] : []),
    ...(n >= 24 ? ['node-role.kubernetes.io/control-plane'] : []),
  ];
}
