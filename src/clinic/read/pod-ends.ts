/**
 * A pod's address on a host, and the links of its packets: a bridge where a bridge plugin builds one, else (Calico,
 * Cilium) a link of its own for each pod.
 */
import { type Address, addressAt, type Cidr, contains, parseIPv4, parseIPv4Cidr, prefixOf } from '../../net/address.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart, NetworkSeen } from '../chart/host-chart.js';
import { cniConfigs } from './cni.js';
import { nodeNameOf } from './kubelet.js';
import { at } from './yaml.js';

export interface PodEnd {
  readonly address: Address;
  /** By which the host gets the packets of this pod, and sends those for it. */
  readonly link: string;
}

/** Some pod's address in a network. */
export const addressIn = (network: Cidr | undefined): Address | undefined =>
  network && (addressAt(network, 7) ?? addressAt(network, 0));

/** Plugins that put all pods of a host behind one bridge, with the bridge's name where nobody gives another. */
const bridges: Readonly<Record<string, string>> = { bridge: 'cni0', flannel: 'cni0', 'weave-net': 'weave' };

/** The name of the bridge of a host's pods; undefined: its network builds none, as far as is known. */
export const bridgeOf = (host: HostChart): string | undefined => {
  const [config] = cniConfigs(host);
  if (!config) return 'cni0';
  const plugin = config.plugins.find(one => String(at(one, 'type')) in bridges);
  if (!plugin) return undefined;
  const named: unknown = at(plugin, 'bridge') ?? at(plugin, 'delegate', 'bridge');
  return typeof named === 'string' ? named : bridges[String(at(plugin, 'type'))];
};

/** `net`: the host's part of the pod network. Sections: files, identity, network, api/pods. */
export const podEndOf = (chart: Chart, host: HostChart, net: Cidr | undefined): PodEnd | undefined => {
  const bridge = bridgeOf(host);
  if (bridge !== undefined) {
    const address = addressIn(net);
    return address && { address, link: bridge };
  }
  const network = 'value' in host.network ? host.network.value : undefined;
  return network && (endByRoute(network) ?? endByName(chart, host, network));
};

/** A route to one address by a link of the host that is not its way out: a pod's. */
const endByRoute = (network: NetworkSeen): PodEnd | undefined => {
  for (const route of network.routes) {
    const address = parseIPv4(route.to.replace(/\/32$/, ''));
    if (address !== undefined && route.link !== undefined && route.via === undefined && perPod.test(route.link))
      return { address, link: route.link };
  }
  return undefined;
};

/** Links that providers make for one pod each. */
const perPod = /^(?:cali|lxc(?!_health)|veth|azv|eni|gke|pod)/;

/** Where addresses stand in no route (Cilium), any pod of this node stands for the others. */
const endByName = (chart: Chart, host: HostChart, network: NetworkSeen): PodEnd | undefined => {
  const link = network.links.find(one => one.up && perPod.test(one.name))?.name;
  const pods = chart.api.objects.pods;
  const name = nodeNameOf(host);
  const pod = (pods && 'value' in pods ? pods.value : []).find(
    one => at(one, 'spec', 'nodeName') === name && at(one, 'spec', 'hostNetwork') !== true,
  );
  const address = parseIPv4(String(at(pod, 'status', 'podIP') ?? ''));
  return link !== undefined && address !== undefined ? { address, link } : undefined;
};

/** The link of the narrowest route that leads to an address; undefined: none but the default one. */
export const linkTo = (network: NetworkSeen, address: Address): string | undefined => {
  let best: { readonly link: string; readonly prefix: number } | undefined;
  for (const { to, link } of network.routes) {
    const cidr = parseIPv4Cidr(to.includes('/') ? to : `${to}/32`);
    if (link === undefined || cidr === undefined || !contains(cidr, address)) continue;
    if (prefixOf(cidr) > (best?.prefix ?? 0)) best = { link, prefix: prefixOf(cidr) };
  }
  return best?.link;
};
