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

export interface UrlEnd {
  readonly scheme: string;
  /** An address stands without brackets, as hosts and certificates name it. */
  readonly host: string;
  /** As it is written; where none is, who dials knows its own. */
  readonly port?: number;
}

/** `https://192.0.2.250:8443/x`, `https://[2001:db8::250]`. */
export const urlEnd = (url: string): UrlEnd | undefined => {
  const [, scheme, bracketed, plain, port] = /^(https?):\/\/(?:\[([^\]]+)\]|([^:/]+))(?::(\d+))?/.exec(url) ?? [];
  const host = bracketed ?? plain;
  if (scheme === undefined || host === undefined) return undefined;
  return { scheme, host, ...(port === undefined ? {} : { port: Number(port) }) };
};

/** `https://192.0.2.250:8443` → `192.0.2.250`. */
export const hostOfUrl = (url: string): string | undefined => urlEnd(url)?.host;

/** Whoever dials it ends at itself. */
export const isLoopback = (host: string): boolean => /^(?:localhost$|127\.|::1$)/.test(host);

/** Names in the kubeconfigs of all hosts, less those that mean one host only. */
export const endpointNames = (chart: Chart): readonly string[] => {
  const single = new Set(hostsOf(chart).flatMap(host => [host.name, host.address]));
  const servers = hostsOf(chart).flatMap(host =>
    'value' in host.kubeconfigs ? host.kubeconfigs.value.map(one => hostOfUrl(one.value?.server ?? '')) : [],
  );
  return [...new Set(servers)].filter(
    (name): name is string => name !== undefined && !single.has(name) && !isLoopback(name),
  );
};
