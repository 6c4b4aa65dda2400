/** Between which ends the data path is measured: API servers, Services, DNS, and pods that no policy shuts off. */
import { type Address, parseIPv4 } from '../../net/address.js';
import type { ApiObject, Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { cniConfigs } from '../read/cni.js';
import { securePort } from '../read/flags.js';
import { urlEnd } from '../read/api-names.js';
import { hostsOf, nodesOf } from '../read/hosts.js';
import { kubeletConf, kubeletOf } from '../read/kubelet.js';
import { type Upstream, upstreamsOf } from '../read/upstreams.js';
import { at, listAt } from '../read/yaml.js';
import { plainPlugins } from './plain-plugins.js';

export interface TrafficEnds {
  readonly apis: readonly { readonly host: string; readonly address: Address; readonly port: number }[];
  /** By host: where its kubelet calls the API. */
  readonly dialled: ReadonlyMap<string, { readonly address: Address; readonly port: number }>;
  /** The Service `kubernetes`. */
  readonly apiService?: { readonly address: Address; readonly port: number };
  /** The cluster's DNS, if somebody stands behind its Service. */
  readonly dns?: {
    readonly address: Address;
    readonly name?: string;
    /** The pods that answer, and where they listen. */
    readonly servers: readonly { readonly address: string; readonly port: number }[];
    /** It asks others for names beyond the cluster. */
    readonly forwards?: true;
    /** Whom it is told to ask for them, by address. */
    readonly upstreams: readonly Upstream[];
  };
  /** Some others behind which somebody is ready, and no policy shuts anybody off. */
  readonly services: readonly {
    readonly address: Address;
    readonly port: number;
    readonly behind: readonly string[];
  }[];
  /** By host: the first name server that the host itself asks. */
  readonly resolvers: ReadonlyMap<string, Address>;
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
/** Of those that answer names: a Service hides who of them does not. */
const mostServers = 3;
/** Of those whom the cluster's DNS asks. */
const mostUpstreams = 6;
/** Of many Services these tell whether a host's rules are those of all others. */
const mostServices = 8;

export const trafficEnds = (chart: Chart): TrafficEnds => {
  const apis = hostsOf(chart, 'controlPlane').flatMap(host => {
    const address = parseIPv4(host.address);
    return address === undefined ? [] : [{ host: host.name, address, port: securePort(host) }];
  });
  const apiService = service(chart, 'default', 'kubernetes');
  const dns = dnsOf(chart);
  return {
    apis: apis.slice(0, mostApis),
    resolvers: new Map(hostsOf(chart).flatMap(resolverOf)),
    dialled: new Map(nodesOf(chart).flatMap(dialledBy)),
    ...(apiService && { apiService: { address: apiService, port: 443 } }),
    ...(dns && { dns }),
    services: servicesOf(chart).slice(0, mostServices),
    excluded: exclusions(chart),
  };
};

const resolverOf = (host: HostChart): readonly (readonly [string, Address])[] => {
  const text = 'value' in host.network ? host.network.value.resolvConf : '';
  const address = parseIPv4(/^\s*nameserver\s+(\S+)/m.exec(text)?.[1] ?? '');
  return address === undefined ? [] : [[host.name, address]];
};

const dialledBy = (host: HostChart): readonly (readonly [string, { address: Address; port: number }])[] => {
  const path = kubeletOf(host).flags?.get('kubeconfig') ?? kubeletConf;
  const files = 'value' in host.kubeconfigs ? host.kubeconfigs.value : [];
  const { host: name = '', port } = urlEnd(files.find(one => one.path === path)?.value?.server ?? '') ?? {};
  const address = parseIPv4(name);
  return address === undefined ? [] : [[host.name, { address, port: Number(port ?? 443) }]];
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
  const servers = listAt(endpoints, 'subsets').flatMap(subset => {
    const port = listAt(subset, 'ports').find(one => at(one, 'protocol') === 'UDP');
    return listAt(subset, 'addresses').map(one => ({
      address: String(at(one, 'ip')),
      port: Number(at(port, 'port') ?? 53),
    }));
  });
  if (address === undefined || servers.length === 0) return undefined;
  const domain = chart.spec?.network.domain ?? domainOf(chart);
  const corefile = String(at(named(chart, 'configmaps', 'kube-system', 'coredns'), 'data', 'Corefile') ?? '');
  return {
    address,
    servers: servers.slice(0, mostServers),
    ...(domain !== undefined && { name: `kube-dns.kube-system.svc.${domain}` }),
    ...(/^\s*forward\s+\.\s/m.test(corefile) && { forwards: true }),
    upstreams: upstreamsOf(corefile).slice(0, mostUpstreams),
  };
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

/** The cluster's own first. */
const servicesOf = (chart: Chart): TrafficEnds['services'] => {
  const policies = seen(chart, policyList);
  if (!policies) return [];
  const shut = new Set(policies.map(one => one.metadata.namespace));
  const own = ['default/kubernetes', 'kube-system/kube-dns'];
  const all = (seen(chart, 'services') ?? []).filter(
    one =>
      !shut.has(one.metadata.namespace) &&
      !own.includes(`${one.metadata.namespace}/${one.metadata.name}`) &&
      at(one, 'spec', 'internalTrafficPolicy') !== 'Local',
  );
  const isFar = (one: ApiObject): number => (one.metadata.namespace === 'kube-system' ? 0 : 1);
  return all.toSorted((a, b) => isFar(a) - isFar(b)).flatMap(one => servedBy(chart, one));
};

const servedBy = (chart: Chart, one: ApiObject): TrafficEnds['services'] => {
  const { namespace = '', name } = one.metadata;
  const address = parseIPv4(String(at(one, 'spec', 'clusterIP') ?? ''));
  const port = listAt(one, 'spec', 'ports').find(each => (at(each, 'protocol') ?? 'TCP') === 'TCP');
  const behind = listAt(named(chart, 'endpoints', namespace, name), 'subsets').flatMap(subset =>
    listAt(subset, 'addresses').map(each => String(at(each, 'ip'))),
  );
  return address === undefined || port === undefined || behind.length === 0
    ? []
    : [{ address, port: Number(at(port, 'port')), behind }];
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
