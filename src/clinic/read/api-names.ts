/** Under which names and addresses the API server is called, whoever calls it. */
import { addressAt, parseIPv4Cidr } from '../../net/address.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { flagsOf } from './flags.js';
import { hostsOf } from './hosts.js';

/** The service range's first address: what KUBERNETES_SERVICE_HOST says in every pod. undefined: IPv6, or no range. */
export const serviceAddress = (server: HostChart): string | undefined => {
  const range = flagsOf(server, 'kube-apiserver').inForce?.get('service-cluster-ip-range')?.split(',')[0];
  const network = parseIPv4Cidr(range ?? '');
  return network && addressAt(network, 1);
};

export const serviceNames: readonly string[] = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];

/** `https://192.0.2.250:8443` → `192.0.2.250`. */
export const hostOfUrl = (url: string): string | undefined =>
  /^https?:\/\/(\[[^\]]+\]|[^:/]+)/.exec(url)?.[1]?.replace(/^\[|\]$/g, '');

/** Names in the kubeconfigs of all hosts, less those that mean one host only. */
export const endpointNames = (chart: Chart): readonly string[] => {
  const single = new Set(hostsOf(chart).flatMap(host => [host.name, host.address]));
  const servers = hostsOf(chart).flatMap(host =>
    'value' in host.kubeconfigs ? host.kubeconfigs.value.map(one => hostOfUrl(one.value?.server ?? '')) : [],
  );
  return [...new Set(servers)].filter(
    (name): name is string => name !== undefined && !single.has(name) && !/^(localhost|127\.)/.test(name),
  );
};
