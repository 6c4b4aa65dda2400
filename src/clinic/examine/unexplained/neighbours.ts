/** Fixed entries of the neighbour table that lead to a card which the other host does not have. */
import type { Chart } from '../../chart/chart.js';
import type { HostChart } from '../../chart/host-chart.js';
import { hostsOf } from '../../read/hosts.js';
import { shown } from '../../read/shown.js';
import type { Sign } from './sign.js';

export const neighbourSigns = (chart: Chart): readonly Sign[] =>
  hostsOf(chart).flatMap(host => {
    const { network } = host;
    return ('value' in network ? (network.value.neighbours ?? []) : []).flatMap(({ address, link, mac }) => {
      const owner = hostsOf(chart).find(one => one.address === address && one.name !== host.name);
      const macs = owner && macsOf(owner);
      if (!owner || !macs || macs.length === 0 || macs.includes(mac.toLowerCase())) return [];
      return [
        {
          kind: 'address' as const,
          host: host.name,
          subject: { neighbour: address },
          says:
            `${host.name} holds a fixed entry that ${address} is at ${mac} on ${link}, but ${owner.name}, whose ` +
            `address it is, has ${macs.slice(0, 3).join(', ')}: nothing that it sends there arrives`,
          shows: [shown(network, 'ip neigh show nud permanent', `${address} dev ${link} lladdr ${mac} PERMANENT`)],
          next: `on ${host.name}: ip neigh del ${address} dev ${link}, and see who wrote it (ifcfg, .network, scripts)`,
        },
      ];
    });
  });

/** undefined: its links were not seen. */
const macsOf = ({ network }: HostChart): readonly string[] | undefined =>
  'value' in network ? network.value.links.flatMap(one => (one.mac ? [one.mac.toLowerCase()] : [])) : undefined;
