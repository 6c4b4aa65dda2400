/** By which address an API server calls a kubelet. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { flagsOf } from './flags.js';
import { nodeNameOf } from './kubelet.js';
import { listAt } from './yaml.js';

/** The first address of the Node that --kubelet-preferred-address-types asks for. Without the Node: the host's own. */
export const dialled = (chart: Chart, node: HostChart, server: HostChart): string => {
  const list = chart.api.objects.nodes;
  const object = list && 'value' in list ? list.value.find(one => one.metadata.name === nodeNameOf(node)) : undefined;
  const types = flagsOf(server, 'kube-apiserver').inForce?.all('kubelet-preferred-address-types') ?? [];
  const addresses: readonly { readonly type?: string; readonly address?: string }[] = listAt(
    object,
    'status',
    'addresses',
  );
  for (const type of types.length > 0
    ? types
    : ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP']) {
    const found = addresses.find(one => one.type === type)?.address;
    if (found !== undefined) return found;
  }
  return node.address;
};
