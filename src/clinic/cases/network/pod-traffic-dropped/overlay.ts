/** The overlay that Kubewizard lays itself: whether it is up on a host, and how it comes up again. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { Eyes } from '../../../read/eyes.js';
import { layout } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { leftover } from '../../../therapies/leftover.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Finding } from '../../../examine/verdict.js';
import { idOf } from '../../../../model/resource.js';

const unit = 'kw-network.service';
const peers = '/etc/kubernetes/network/peers';
const parts = [
  '/etc/kubernetes/network/config',
  peers,
  '/usr/local/lib/kubewizard/network',
  `/etc/systemd/system/${unit}`,
  unit,
];

/** `nets`: each host's part of the pod network. Other providers lay ways of their own, and not by hosts. */
export function wayless(
  chart: Chart,
  host: HostChart,
  nets: ReadonlyMap<string, string | undefined>,
  eyes: Eyes,
): Finding | undefined {
  if (layout(chart) !== 'kubewizard' || chart.spec?.network.provider === 'none') return undefined;
  const network = eyes.see(host.network);
  if (!network) return undefined;
  const ways = new Set(network.routes.map(route => route.to));
  let others = 0;
  for (const [name, net] of nets) {
    if (name === host.name || net === undefined) continue;
    if (ways.has(net)) return undefined;
    others += 1;
  }
  if (others === 0) return undefined;
  const seen = eyes.unit(host, unit);
  const state = seen ? `${unit} is ${seen.active} (${seen.sub})` : `there is no ${unit}`;
  return {
    variant: 'overlay-down',
    host: host.name,
    subject: unit,
    says: `${host.name} has no route to the pods of any other host: ${state}`,
    shows: [
      shown(host.network, 'ip route', [...ways].join(', ')),
      shown(host.units, `systemctl status ${unit}`, state),
    ],
  };
}

export function overlayUp(finding: Finding, chart: Chart): Therapy | Refusal {
  const own = restoreAt(chart, finding.host, ...parts);
  if (own.length === 0)
    return { refused: 'what the overlay of this host should be was not worked out', advice: ['kw plan; kw up'] };
  const place = {
    host: finding.host,
    because: 'pods reach the pods of other hosts',
    stage: 'nodes' as const,
    after: own.map(idOf),
  };
  const look = `while read -r name address net rest; do [ "$name" = '${finding.host}' ] || [ -n "$(ip route show to exact "$net")" ] || echo "no route to $net of $name"; done < ${peers} | head -n 20`;
  return {
    title: `Bring up the overlay of ${finding.host}`,
    risk: 'none',
    want: [
      ...own,
      leftover(
        'ways to pods elsewhere',
        { look, remove: `systemctl restart ${unit}`, risk: 'none', undo: 'needless' },
        place,
      ),
    ],
  };
}
