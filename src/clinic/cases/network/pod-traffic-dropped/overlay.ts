/** The overlay that Kubewizard lays itself: whether it is up on a host, and how it comes up again. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, UnitSeen } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { isOurs } from '../../../read/supervision.js';
import { command } from '../../../therapies/leftover.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Found } from '../../../examine/verdict.js';
import { idOf } from '../../../../model/resource.js';
import { type Cidr, networkOf } from '../../../../net/address.js';
import { sh } from '../../../../shell/sh.js';
import { type Quote, quoted } from '../../../read/quote.js';

const unit = 'kw-network.service';
const peers = '/etc/kubernetes/network/peers';
const parts = [
  '/etc/kubernetes/network/config',
  peers,
  '/usr/local/lib/kubewizard/network',
  `/etc/systemd/system/${unit}`,
  unit,
];

export interface OverlayDown {
  /** The unit that lays it, as systemd has it; absent: there is none. */
  readonly seen?: Pick<UnitSeen, 'active' | 'sub'>;
  /** All networks to which the host has a route. */
  readonly ways: readonly string[];
}

export const stateText = ({ seen }: OverlayDown): string =>
  seen ? `${unit} is ${seen.active} (${seen.sub})` : `there is no ${unit}`;

export const overlayShows = ({ facts }: Found<OverlayDown>): readonly Quote[] => [
  quoted('network', 'ip route', facts.ways.join(', ')),
  quoted('units', `systemctl status ${unit}`, stateText(facts)),
];

/** `nets`: each host's part of the pod network. Other providers lay ways of their own, and not by hosts. */
export function noRoute(
  chart: Chart,
  host: HostChart,
  nets: ReadonlyMap<string, Cidr | undefined>,
  evidence: EvidenceReader,
): Found<OverlayDown, 'overlay-down'> | undefined {
  if (!isOurs(chart) || chart.spec?.network.provider === 'none') return undefined;
  const network = evidence.read(host.network);
  if (!network) return undefined;
  const ways = new Set(network.routes.map(route => route.to));
  let others = 0;
  for (const [name, net] of nets) {
    if (name === host.name || net === undefined) continue;
    if (ways.has(networkOf(net))) return undefined;
    others += 1;
  }
  if (others === 0) return undefined;
  const seen = evidence.unit(host, unit);
  return {
    variant: 'overlay-down',
    host: host.name,
    subject: { unit },
    facts: { ways: [...ways], ...(seen && { seen: { active: seen.active, sub: seen.sub } }) },
  };
}

export function overlayUp(host: string, chart: Chart): Therapy | Refusal {
  const own = restoreAt(chart, host, ...parts);
  if (own.length === 0)
    return { refused: 'what the overlay of this host should be was not worked out', advice: ['kw plan; kw up'] };
  const place = {
    host,
    because: 'pods reach the pods of other hosts',
    stage: 'nodes' as const,
    after: own.map(idOf),
  };
  const read = sh`while read -r name address net rest; do
  [ "$name" = ${host} ] || [ -n "$(ip route show to exact "$net")" ] || echo "no route to $net of $name"
done < ${peers} | head -n 20`;
  return {
    title: `Bring up the overlay of ${host}`,
    risk: 'none',
    want: [
      ...own,
      command(
        'ways to pods elsewhere',
        { unless: read, run: sh`systemctl restart ${unit}`, risk: 'none', undo: 'needless' },
        place,
      ),
    ],
  };
}
