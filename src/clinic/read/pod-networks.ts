/** Which part of the pod network a host gives to its pods. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { cniConfigs, type CniConfig } from './cni.js';
import { flagsOf } from './flags.js';
import { hostsOf, nodesOf } from './hosts.js';
import { nodeNameOf } from './kubelet.js';
import { at, listAt } from './yaml.js';

/** Subnets that host-local gives addresses of. */
export const subnetsOf = (config: CniConfig): readonly string[] =>
  config.plugins
    .flatMap(plugin => {
      const ipam = at(plugin, 'ipam');
      return [
        at(ipam, 'subnet'),
        ...listAt(ipam, 'ranges').flatMap(range => (Array.isArray(range) ? range : []).map(one => at(one, 'subnet'))),
      ];
    })
    .filter((subnet): subnet is string => typeof subnet === 'string' && subnet.includes('/') && !subnet.includes(':'));

/** From the CNI configuration that wins, else from the Node object. Sections: files, identity, api/nodes. */
export const podNetworkOf = (chart: Chart, host: HostChart): string | undefined => {
  const [first] = cniConfigs(host);
  const own = first && subnetsOf(first)[0];
  if (own !== undefined) return own;
  const nodes = chart.api.objects.nodes;
  const node = nodes && 'value' in nodes ? nodes.value.find(one => one.metadata.name === nodeNameOf(host)) : undefined;
  const share: unknown = at(node, 'spec', 'podCIDR');
  return typeof share === 'string' ? share : undefined;
};

/** The whole pod network where a component names it, else every host's own part. */
export const podNetworksOf = (chart: Chart): readonly string[] => {
  for (const host of hostsOf(chart)) {
    const cidr =
      flagsOf(host, 'kube-controller-manager').inForce?.get('cluster-cidr') ??
      flagsOf(host, 'kube-proxy').inForce?.get('cluster-cidr');
    if (cidr) return cidr.split(',').filter(one => !one.includes(':'));
  }
  if (chart.spec) return [chart.spec.network.pods];
  return [
    ...new Set(
      nodesOf(chart)
        .map(host => podNetworkOf(chart, host))
        .filter(one => one !== undefined),
    ),
  ];
};
