/** Between which ends the data path is measured: API servers, Services, DNS, and pods that no policy shuts off. */
import { type Address, parseIPv4 } from '../../net/address.js';
import type { ApiObject, Chart } from '../chart/chart.js';
import { cniConfigs } from '../read/cni.js';
import { securePort } from '../read/flags.js';
import { hostsOf, nodesOf } from '../read/hosts.js';
import { kubeletOf } from '../read/kubelet.js';
import { at, listAt } from '../read/yaml.js';
import { plainPlugins } from './plain-plugins.js';

export interface TrafficEnds {
  readonly apis: readonly { readonly host: string; readonly address: Address; readonly port: number }[];
  /** The Service `kubernetes`. */
  readonly apiService?: { readonly address: Address; readonly port: number };
  /** The cluster's DNS, if somebody stands behind its Service. */
  readonly dns?: { readonly address: Address; readonly name?: string };
  /** Why a pod of that address measures nothing; undefined: it may be an end. */
  readonly excluded: (address: string) => Exclusion | undefined;
}

export interface Exclusion {
  readonly why: string;
  /** Whether something that ought to be known is not; else there is nothing to measure. */
  readonly cannot: boolean;
}

/** Of many control planes some are enough. */
const mostApis = 3;

export const trafficEnds = (chart: Chart): TrafficEnds => {
  const apis = hostsOf(chart, 'controlPlane').flatMap(host => {
    const address = parseIPv4(host.address);
    return address === undefined ? [] : [{ host: host.name, address, port: securePort(host) }];
  });
  const apiService = service(chart, 'default', 'kubernetes');
  const dns = dnsOf(chart);
  return {
    apis: apis.slice(0, mostApis),
    ...(apiService && { apiService: { address: apiService, port: 443 } }),
    ...(dns && { dns }),
    excluded: exclusions(chart),
  };
};

const seen = (chart: Chart, list: string): readonly ApiObject[] | undefined => {
  const found = chart.api.objects[list];
  return found && 'value' in found ? found.value : undefined;
};

const named = (chart: Chart, list: string, namespace: string, name: string): ApiObject | undefined =>
  seen(chart, list)?.find(one => one.metadata.namespace === namespace && one.metadata.name === name);

const service = (chart: Chart, namespace: string, name: string): Address | undefined =>
  parseIPv4(String(at(named(chart, 'services', namespace, name), 'spec', 'clusterIP') ?? ''));

const dnsOf = (chart: Chart): TrafficEnds['dns'] => {
  const address = service(chart, 'kube-system', 'kube-dns');
  const endpoints = named(chart, 'endpoints', 'kube-system', 'kube-dns');
  const behind = listAt(endpoints, 'subsets').some(subset => listAt(subset, 'addresses').length > 0);
  if (address === undefined || !behind) return undefined;
  const domain = chart.spec?.network.domain ?? domainOf(chart);
  return { address, ...(domain !== undefined && { name: `kube-dns.kube-system.svc.${domain}` }) };
};

/** A name that is safe in a question; a label of ten letters would begin with a line feed. */
const domainOf = (chart: Chart): string | undefined => {
  for (const host of nodesOf(chart)) {
    const told: unknown = kubeletOf(host).value('clusterDomain', 'cluster-domain');
    const domain = typeof told === 'string' ? told.replace(/\.$/, '') : '';
    const labels = domain.split('.');
    if (labels.every(one => /^[a-z0-9-]{1,62}$/.test(one) && one.length !== 10)) return domain;
  }
  return undefined;
};

/** A pod that a policy may shut off is not a measure of the network. */
const exclusions = (chart: Chart): TrafficEnds['excluded'] => {
  const pods = seen(chart, 'pods');
  const byAddress = new Map(pods?.map(pod => [String(at(pod, 'status', 'podIP') ?? ''), pod]));
  const policies = seen(chart, policyList);
  const shut = new Set(policies?.map(one => one.metadata.namespace));
  const enforced = nodesOf(chart).some(
    host => cniConfigs(host)[0]?.types.some(type => !plainPlugins.has(type)) ?? false,
  );
  const unasked = enforced
    ? { why: 'whether a network policy shuts its pods off is not known', cannot: true }
    : undefined;
  return address => {
    if (!pods) return unasked;
    const pod = byAddress.get(address);
    if (!pod) return { why: 'the API does not know its pods', cannot: false };
    if (pod.metadata.deletionTimestamp !== undefined) return { why: 'its pods are about to end', cannot: false };
    if (!policies) return unasked;
    return shut.has(pod.metadata.namespace)
      ? { why: 'a network policy stands in the namespace of each of its pods', cannot: false }
      : undefined;
  };
};

export const policyList = 'networkpolicies.networking.k8s.io';
