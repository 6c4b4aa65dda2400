import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { nodesOf } from '../../../read/hosts.js';
import { networkOf } from '../../../read/networks.js';
import { shown } from '../../../read/shown.js';
import { at } from '../../../read/yaml.js';
import { leftover } from '../../../therapies/leftover.js';
import { restoreAt } from '../../../therapies/restore.js';
import { serviceSilent } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { contains, parseAddress, parseCidr } from '../../../../spec/ipv4.js';

export default defineCase({
  id: 'mtu',
  precedence: 420,
  title: 'Large packets are lost: MTUs do not fit together',
  variants: {
    'hosts-differ': 'a host’s link has another MTU than the other hosts of its segment',
    'overlay-too-large': 'the overlay’s MTU leaves no room for its own header on the link below',
    'pods-too-large': 'pods send larger packets than the overlay carries',
  },
  symptoms: [
    { text: /TLS handshake timeout/, benign: 'a server that is only slow says the same' },
    { text: /message too long,? mtu ?= ?\d+/ },
    { text: /[Ff]rag needed and DF set/ },
    { text: serviceSilent },
  ],
  explains: ['probe-misses-its-target', 'webhook-deadlock', 'namespace-terminating-apiservice'],
  lab: true,
  sources: [
    'projectcalico/calico#7651',
    'projectcalico/calico#8953',
    'kubernetes-sigs/cluster-api-provider-azure#1353',
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const links = nodesOf(chart).flatMap(host => underlay(host, eyes) ?? []);
    const habits = new Map(
      [...new Set(links.map(link => link.segment))].map(segment => [segment, habitOf(segment, links)]),
    );
    return eyes.verdict(links.flatMap(link => differs(link, habits.get(link.segment)) ?? over(link, eyes) ?? []));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const place = {
      host: finding.host,
      because: 'packets of one host are not too large for the next',
      stage: 'nodes' as const,
    };
    const [link = '', wanted = ''] = finding.subject.split(' → ');
    if (wanted === '')
      return {
        refused: 'no MTU is that of most hosts: which of them the switch between them carries is not seen from here',
        advice: [
          `ping -M do -s SIZE from ${finding.host} and to it: the largest that is answered, and 28, is what the segment carries`,
          'ip link set dev LINK mtu THAT on each of its hosts, and in their network configuration; then kw up',
        ],
      };
    if (host && finding.variant === 'hosts-differ')
      return {
        title: `Set the MTU of ${link} on ${finding.host} to ${wanted}, as on the other hosts (write it into this host’s network configuration too: that file is its owner’s)`,
        risk: 'none',
        want: [
          leftover(
            `mtu of ${link}`,
            {
              look: `ip -o link show dev '${link}' | grep -v ' mtu ${wanted} ' || true`,
              remove: `ip link set dev '${link}' mtu ${wanted}`,
              risk: 'none',
              undo: {
                keep: `ip -o link show dev '${link}' | sed 's/.* mtu \\([0-9]*\\) .*/\\1/'`,
                back: `read -r was && ip link set dev '${link}' mtu "$was"`,
              },
            },
            place,
          ),
        ],
      };
    const own = host
      ? restoreAt(chart, host.name, '/etc/kubernetes/network/config', '/etc/cni/net.d/10-kubewizard.conflist')
      : [];
    return own.length > 0
      ? { title: `Give the pod network of ${finding.host} the MTU that its link carries`, risk: 'restart', want: own }
      : {
          refused: 'the network provider sets this MTU, and would set it again',
          advice: [
            `set ${wanted} in the provider’s own configuration (calico: veth_mtu, flannel: the MTU it finds at its start)`,
            'restart its pods, then the pods of this node',
          ],
        };
  },

  teach: finding => [
    {
      host: finding.host,
      command: 'ip -o link | grep -o "^.* mtu [0-9]*"; grep mtu /etc/cni/net.d/*',
      answer: finding.shows.map(one => one.text).join('\n'),
      healthy: 'all hosts alike; overlay = link − 50 (VXLAN); pods = overlay',
    },
    {
      host: 'another host',
      command: `ping -M do -s 1472 ADDRESS-OF-${finding.host}`,
      answer: '100% packet loss',
      healthy: '0% packet loss',
    },
  ],
});

interface Link {
  readonly host: HostChart;
  readonly address: number;
  readonly name: string;
  readonly mtu: number;
  readonly segment: string;
}

/** The link that has the host's own address, and its segment. */
function underlay(host: HostChart, eyes: Eyes): Link | undefined {
  const network = eyes.see(host.network);
  const own = network?.addresses.find(one => one.address === host.address);
  const link = network?.links.find(one => one.name === own?.link);
  const address = parseAddress(host.address);
  return own && link && address !== undefined
    ? { host, address, name: link.name, mtu: link.mtu, segment: networkOf(`${own.address}/${own.prefix}`) }
    : undefined;
}

/** What most hosts of a segment do: asked once for each segment, since a thousand hosts share one. Without `usual` no value is that of most. */
interface Habit {
  readonly usual?: number;
  readonly many: number;
  readonly of: number;
  readonly example: HostChart;
  readonly largest: Link;
}

function habitOf(segment: string, links: readonly Link[]): Habit | undefined {
  const range = parseCidr(segment);
  const peers = links.filter(({ address }) => range && contains(range, address));
  const counts = new Map<number, Link[]>();
  for (const peer of peers) {
    const same = counts.get(peer.mtu);
    if (same) same.push(peer);
    else counts.set(peer.mtu, [peer]);
  }
  const [most] = [...counts.values()].sort((a, b) => b.length - a.length);
  const [largest] = peers.toSorted((a, b) => b.mtu - a.mtu);
  return (
    most?.[0] &&
    largest && {
      ...(most.length * 2 > peers.length && { usual: most[0].mtu }),
      many: most.length,
      of: peers.length,
      example: most[0].host,
      largest,
    }
  );
}

/** Hosts of one segment send each other what their own link carries, and nobody on the way says that it is too large. */
function differs({ host, name, mtu }: Link, habit: Habit | undefined): Finding | undefined {
  if (!habit || habit.usual === mtu) return undefined;
  const { usual, many, of, example, largest } = habit;
  if (usual === undefined && mtu === largest.mtu) return undefined;
  const [other, theirs] = usual === undefined ? [largest.host, largest.mtu] : [example, usual];
  return {
    variant: 'hosts-differ',
    host: host.name,
    subject: usual === undefined ? name : `${name} → ${usual}`,
    says: `${name} on ${host.name} has an MTU of ${mtu}, and ${usual === undefined ? `${other.name} in the same segment has ${theirs}` : `${many} of ${of} hosts of its segment (${other.name} …) have ${theirs}`}`,
    shows: [
      shown(host.network, `ip link show ${name}`, `mtu ${mtu}`),
      shown(other.network, 'ip link', `mtu ${theirs}`),
    ],
  };
}

const overhead: Readonly<Record<string, number>> = { vxlan: 50, ipip: 20, wireguard: 60 };

function over({ host, ...link }: Link, eyes: Eyes): Finding | undefined {
  eyes.see(host.files);
  const tunnel = (eyes.see(host.network)?.links ?? []).find(
    one => one.up && one.kind !== undefined && one.kind in overhead,
  );
  if (!tunnel) return undefined;
  const room = link.mtu - (overhead[tunnel.kind ?? ''] ?? 0);
  const make = (variant: string, name: string, wanted: number, says: string): Finding => ({
    variant,
    host: host.name,
    subject: `${name} → ${wanted}`,
    says,
    shows: [
      shown(host.network, 'ip link', `${link.name} mtu ${link.mtu}, ${tunnel.name} (${tunnel.kind}) mtu ${tunnel.mtu}`),
    ],
  });
  if (tunnel.mtu > room)
    return make(
      'overlay-too-large',
      tunnel.name,
      room,
      `${tunnel.name} on ${host.name} takes packets of ${tunnel.mtu} bytes, and ${link.name} below it (${link.mtu}) has room for ${room}`,
    );
  const config = cniConfigs(host)[0];
  const plugin = config?.plugins.find(one => at(one, 'type') === 'bridge');
  const mtu = plugin === undefined ? undefined : Number(at(plugin, 'mtu') ?? link.mtu);
  return config && mtu !== undefined && mtu > tunnel.mtu
    ? make(
        'pods-too-large',
        config.path,
        tunnel.mtu,
        `${config.path} on ${host.name} gives pods an MTU of ${mtu}, and ${tunnel.name} carries ${tunnel.mtu}`,
      )
    : undefined;
}
