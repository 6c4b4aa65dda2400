/** Nothing that is written is ignored without a word. */
import { type Host, nodes } from '../../model/cluster.js';
import type { Path } from '../document.js';
import { type Check, type Checkable, type Finding, mistake } from '../finding.js';

export const checkEffect: Check = input => [...ofNetwork(input), ...ofEndpoint(input), ...ofHosts(input)];

const useless = (path: Path, why: string): Finding => mistake('key-without-effect', path, why, 'leave it out');

const ofNetwork = ({ spec: { network }, written }: Checkable): readonly Finding[] => [
  ...(written.network?.vxlan !== undefined && network.provider !== 'vxlan'
    ? [useless(['network', 'vxlan'], `network.vxlan: provider ${network.provider} has no VXLAN`)]
    : []),
  ...(written.network?.mtu !== undefined && network.provider === 'none'
    ? [useless(['network', 'mtu'], "network.mtu: with provider none it is your CNI plugin's to choose")]
    : []),
];

const ofEndpoint = ({ spec: { endpoint }, written }: Checkable): readonly Finding[] =>
  written.endpoint?.virtualRouterId !== undefined && endpoint.balance !== 'virtual-address'
    ? [
        useless(
          ['endpoint', 'virtualRouterId'],
          `endpoint.virtualRouterId: nothing carries a virtual address where balance is ${endpoint.balance}`,
        ),
      ]
    : [];

/** Once per entry of the file, however many hosts it makes. Labels of other hosts are read: they tell their zone. */
function ofHosts({ spec, written, origins }: Checkable): readonly Finding[] {
  const isNode = new Set(nodes(spec));
  const withNodes = new Set(origins.filter((_, n) => isNode.has(spec.hosts[n] as Host)));
  return written.hosts.flatMap((entry, i) =>
    typeof entry === 'string' || !entry.taints?.length || withNodes.has(i) || !origins.includes(i)
      ? []
      : [useless(['hosts', i, 'taints'], `hosts[${i}].taints: a host that runs no pods is not a node`)],
  );
}
