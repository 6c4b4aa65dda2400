/** Nodes that the API names and nobody asked are hosts of which nothing was seen: their health must not be assumed. */
import { unseenHost } from '../../clinic/bundle/bundle-json.js';
import type { ApiObject, Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { unasked } from '../../clinic/examine/unasked.js';

export const withNodes = (chart: Chart): Chart => {
  const nodes = chart.api.objects.nodes && 'value' in chart.api.objects.nodes ? chart.api.objects.nodes.value : [];
  const addresses = new Set(
    [...chart.hosts.values()].flatMap(host => [
      host.address,
      host.name,
      ...('value' in host.identity ? [host.identity.value.hostname] : []),
    ]),
  );
  const notAsked = nodes.filter(node => !addresses.has(node.metadata.name) && !addresses.has(addressOf(node)));
  const hosts = new Map([
    ...[...chart.hosts].map(([name, host]) => [name, named(host, nodes)] as const),
    ...notAsked.map(
      node =>
        [
          node.metadata.name,
          unseenHost({ name: node.metadata.name, address: addressOf(node), roles: rolesOf(node) }, unasked, chart.now),
        ] as const,
    ),
  ]);
  // A cluster without a host would be healthy in every case that looks at hosts.
  return {
    ...chart,
    hosts:
      hosts.size > 0
        ? hosts
        : new Map([
            [
              'hosts',
              unseenHost({ name: 'hosts', address: '', roles: ['controlPlane', 'etcd', 'worker'] }, unasked, chart.now),
            ],
          ]),
  };
};

/** What a silent host is for, where the API knows it: by its own name, or by its address. */
const named = (host: HostChart, nodes: readonly ApiObject[]): HostChart => {
  if (host.roles.length > 0 || !('missing' in host.processes)) return host;
  const node = nodes.find(
    one => one.metadata.name === host.name || (host.address !== '' && addressOf(one) === host.address),
  );
  return node ? { ...host, roles: rolesOf(node) } : host;
};

const addressOf = (node: ApiObject): string =>
  (node.status?.addresses as readonly { type: string; address: string }[] | undefined)?.find(
    one => one.type === 'InternalIP',
  )?.address ?? '';

const rolesOf = (node: ApiObject): readonly string[] =>
  Object.keys(node.metadata.labels ?? {}).some(label =>
    /^node-role\.kubernetes\.io\/(control-plane|master)$/.test(label),
  )
    ? ['controlPlane', 'etcd']
    : ['worker'];
