/** Which hosts a case is about, how they were built, and which Kubernetes they run. */
import { parseVersion } from '../../catalog/index.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';

/** The name, and the only role, of the place from which a person calls the cluster: no host of it. */
export const controlMachine = 'control machine';

/** Hosts with a role (all without one), less those that the operator stopped on purpose. */
export const hostsOf = (
  chart: Chart,
  role?: 'etcd' | 'controlPlane' | 'worker' | 'loadBalancer',
): readonly HostChart[] =>
  [...chart.hosts.values()].filter(
    host =>
      !isControlMachine(host) &&
      (role === undefined || host.roles.includes(role)) &&
      !chart.stopped?.includes(host.name),
  );

const isControlMachine = (host: HostChart): boolean => host.roles.includes(controlMachine);

/** Hosts, and the control machine: everybody who has a kubeconfig. */
export const callersOf = (chart: Chart): readonly HostChart[] => [
  ...hostsOf(chart),
  ...[...chart.hosts.values()].filter(isControlMachine),
];

/** Hosts that run (or should run) a kubelet. */
export const nodesOf = (chart: Chart): readonly HostChart[] =>
  hostsOf(chart).filter(host => host.roles.includes('controlPlane') || host.roles.includes('worker'));

export const controls = (host: HostChart): boolean => host.roles.includes('controlPlane');

/**
 * `1.20.2` of the API server that answered, else of a host's binaries, else of the cluster file; undefined: nobody
 * says.
 */
export const kubernetesVersion = (chart: Chart): string | undefined => {
  if ('value' in chart.api.version) return bare(chart.api.version.value.gitVersion);
  for (const host of hostsOf(chart)) {
    const seen = 'value' in host.versions ? host.versions.value : {};
    const found = bare(seen['kube-apiserver'] ?? seen.kubelet ?? '');
    if (found) return found;
  }
  return chart.spec?.kubernetes;
};

/**
 * The API server's, and every other that a kubelet has: while a cluster is upgraded, an illness of either can be there.
 */
export const kubernetesVersions = (chart: Chart): readonly string[] => {
  const kubelets = nodesOf(chart).map(host =>
    'value' in host.versions ? bare(host.versions.value.kubelet ?? '') : undefined,
  );
  return [...new Set([kubernetesVersion(chart), ...kubelets])].filter(version => version !== undefined);
};

/** `v1.20.2+k3s1` → `1.20.2`; undefined: no version. */
export const bare = (text: string): string | undefined => {
  const found = /^v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
  return found && parseVersion(found) ? found : undefined;
};
