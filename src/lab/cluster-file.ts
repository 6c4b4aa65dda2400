/** The cluster file of a lab, as a plain object for YAML. */
import { existsSync } from 'node:fs';
import { debianVersion, fieldPresence } from '../catalog/index.js';
import type { ArtifactSource } from '../model/cluster.js';
import type { LabState } from './lab.js';
import { addressIn } from './layout.js';

export interface LabCluster {
  readonly name?: string;
  /** The first N hosts; default 3, or 1 in a lab of fewer. */
  readonly controlPlanes?: number;
  /** Default .250 of the lab when there is more than one control plane. */
  readonly virtualAddress?: string;
  /** Default: what Debian's source package has. */
  readonly version?: { readonly kubernetes: string; readonly source: ArtifactSource };
  /** `root` or the plain user `kw` with sudo. */
  readonly user?: 'root' | 'kw';
}

/** One host has all roles; else the first ones are control planes with etcd, the rest workers. */
export const clusterFileForLab = (lab: LabState, want: LabCluster = {}): Record<string, unknown> => {
  const controlPlanes = want.controlPlanes ?? (lab.hosts.length >= 3 ? 3 : 1);
  const { kubernetes, source } = want.version ?? { kubernetes: debianVersion, source: 'debian' };
  const alone = lab.hosts.length === 1;
  const address = want.virtualAddress ?? addressIn(lab.subnet, 250);
  return {
    apiVersion: 'kubewizard/v1',
    kind: 'Cluster',
    name: want.name ?? lab.name,
    kubernetes,
    artifacts: { source },
    ...cgroupV1(kubernetes),
    hosts: lab.hosts.map((host, index) => ({
      name: host.name,
      address: host.address,
      roles: alone ? ['etcd', 'controlPlane', 'worker'] : index < controlPlanes ? ['etcd', 'controlPlane'] : ['worker'],
      ssh: { user: want.user ?? 'root', key: lab.sshKey, hostKey: host.hostKey },
    })),
    ...(controlPlanes > 1 || want.virtualAddress !== undefined
      ? { endpoint: { address, balance: 'virtual-address' } }
      : {}),
  };
};

/** Kubelets of today refuse cgroup v1 unless the owner insists, which only a machine that has no other does. */
const cgroupV1 = (kubernetes: string): Record<string, unknown> =>
  existsSync('/sys/fs/cgroup/cgroup.controllers') || fieldPresence('kubelet', 'failCgroupV1', kubernetes) !== 'yes'
    ? {}
    : { components: { kubelet: { config: { failCgroupV1: false } } } };
