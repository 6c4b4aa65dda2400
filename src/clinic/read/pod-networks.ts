/** Which part of the pod network a host gives to its pods. */
import { type Cidr, parseIPv4Cidr } from '../../net/address.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { cniConfigs, type CniConfig } from './cni.js';
import { flagsOf } from './flags.js';
import { hostsOf, nodesOf } from './hosts.js';
import { nodeNameOf } from './kubelet.js';
import { at, listAt } from './yaml.js';

/** Subnets that host-local gives addresses of. */
export const subnetsOf = (config: CniConfig): readonly Cidr[] =>
  parsed(
    config.plugins.flatMap(plugin => {
      const ipam = at(plugin, 'ipam');
      return [
        at(ipam, 'subnet'),
        ...listAt(ipam, 'ranges').flatMap(range => (Array.isArray(range) ? range : []).map(one => at(one, 'subnet'))),
      ];
    }),
  );

const networkIn = (value: unknown): Cidr | undefined => (typeof value === 'string' ? parseIPv4Cidr(value) : undefined);

/** From the CNI configuration that wins, else from the Node object. Sections: files, identity, api/nodes. */
export const podNetworkOf = (chart: Chart, host: HostChart): Cidr | undefined => {
  const [first] = cniConfigs(host);
  const own = first && subnetsOf(first)[0];
  if (own !== undefined) return own;
  const nodes = chart.api.objects.nodes;
  const node = nodes && 'value' in nodes ? nodes.value.find(one => one.metadata.name === nodeNameOf(host)) : undefined;
  return networkIn(at(node, 'spec', 'podCIDR'));
};

/** The whole pod network where a component names it, else every host's own part. */
export const podNetworksOf = (chart: Chart): readonly Cidr[] => {
  for (const host of hostsOf(chart)) {
    const told =
      flagsOf(host, 'kube-controller-manager').inForce?.get('cluster-cidr') ??
      flagsOf(host, 'kube-proxy').inForce?.get('cluster-cidr');
    const networks = parsed(told?.split(',') ?? []);
    if (networks.length > 0) return networks;
  }
  return parsed(chart.spec ? [chart.spec.network.pods] : nodesOf(chart).map(host => podNetworkOf(chart, host)));
};

const parsed = (texts: readonly unknown[]): readonly Cidr[] => [
  ...new Set(texts.map(networkIn).filter(one => one !== undefined)),
];
