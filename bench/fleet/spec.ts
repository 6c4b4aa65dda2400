/** A fleet as its owner writes it: three control planes, all others workers, in two ranges. */
import type { ClusterSpec } from '../../src/model/cluster.js';
import { readCluster } from '../../src/spec/index.js';

export const fleetFile = (hosts: number, kubeletArgs = ''): string => `apiVersion: kubewizard/v1
kind: Cluster
name: fleet
kubernetes: 1.29.3
endpoint: { address: 172.16.0.5 }
network: { pods: 10.0.0.0/8, services: 192.168.0.0/16 }
hosts:
  - { name: 'cp-[1-3]', address: 172.16.0.10+, roles: [etcd, controlPlane] }
  - { name: 'w-[00001-${String(hosts - 3).padStart(5, '0')}]', address: 172.16.1.0+, roles: [worker] }
${kubeletArgs && `components: { kubelet: { extraArgs: { ${kubeletArgs} } } }\n`}`;

export const fleet = (hosts: number, kubeletArgs?: string): ClusterSpec => {
  const checked = readCluster(fleetFile(hosts, kubeletArgs), 'fleet.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems, undefined, 2));
  return checked.value;
};
