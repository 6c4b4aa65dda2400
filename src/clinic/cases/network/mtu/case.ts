import type { Wants } from '../../../../resources/wants.js';
import { defineCase, type Refusal, type Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { Found } from '../../../examine/verdict.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { at } from '../../../read/yaml.js';
import { command } from '../../../therapies/leftover.js';
import { restoreAt } from '../../../therapies/restore.js';
import { largeLost, serviceSilent } from '../../../symptoms.js';
import { type Address, type Cidr, contains, networkOf, parseIPv4, parseIPv4Cidr } from '../../../../net/address.js';
import { isOverlay, overhead } from './overlays.js';
import { type LinkName, parseLinkName } from '../../../../net/endpoint.js';
import { sh } from '../../../../shell/sh.js';
import { quoted, quotedOn } from '../../../read/quote.js';
import { type Facts, type Finding, proof } from './facts.js';

export default defineCase<Facts>({
  id: 'mtu',
  precedence: 420,
  title: 'Large packets are lost: MTUs do not fit together',
  variants: {
    'hosts-differ': {
      means: 'a host’s link has another MTU than the other hosts of its segment',
      says: ({ host, facts: { name, mtu, other, most } }) =>
        `${name} on ${host} has an MTU of ${mtu}, and ` +
        (most
          ? `${most.many} of ${most.of} hosts of its segment (${other.host} …) have ${other.mtu}`
          : `${other.host} in the same segment has ${other.mtu}`),
      shows: ({ facts }) => [
        quoted('network', `ip link show ${facts.name}`, `mtu ${facts.mtu}`),
        quotedOn(facts.other.host, 'network', 'ip link', `mtu ${facts.other.mtu}`),
      ],
    },
    'overlay-too-large': {
      means: 'the overlay’s MTU leaves no room for its own header on the link below',
      says: ({ host, facts: { tunnel, below, wanted } }) =>
        `${tunnel.name} on ${host} takes packets of ${tunnel.mtu} bytes, and ${below.name} below it ` +
        `(${below.mtu}) has room for ${wanted}`,
      shows: proof,
    },
    'pods-too-large': {
      means: 'pods send larger packets than the overlay carries',
      says: ({ host, facts: { path, mtu, tunnel } }) =>
        `${path} on ${host} gives pods an MTU of ${mtu}, and ${tunnel.name} carries ${tunnel.mtu}`,
      shows: proof,
    },
  },
  told: [['mtu'], ['large', 'hangs'], ['mtu', 'hangs']],
  symptoms: [
    { text: /TLS handshake timeout/, benign: 'a server that is only slow says the same' },
    { text: /message too long,? mtu ?= ?\d+/ },
    { text: largeLost },
    { text: /[Ff]rag needed and DF set|need to frag \(mtu/ },
    { text: serviceSilent },
  ],
  explains: ['probe-misses-its-target', 'webhook-deadlock', 'namespace-terminating-apiservice', 'data-path'],
  lab: true,
  sources: [
    'projectcalico/calico#7651',
    'projectcalico/calico#8953',
    'kubernetes-sigs/cluster-api-provider-azure#1353',
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const links = nodesOf(chart).flatMap(host => underlay(host, evidence) ?? []);
    const majorities = new Map(
      [...new Set(links.map(link => link.segment))].map(segment => [segment, majorityOf(segment, links)]),
    );
    return evidence.verdict(
      links.flatMap(link => differs(link, majorities.get(link.segment)) ?? over(link, evidence) ?? []),
    );
  },

  therapy: (finding, chart) =>
    finding.variant === 'hosts-differ' ? likeTheOthers(finding) : providerAgain(finding, chart),

  verify: finding => [
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

const likeTheOthers = ({ host, facts }: Found<Facts['hosts-differ']>): Therapy | Refusal => {
  const link = parseLinkName(facts.name);
  if (!facts.most || link === undefined)
    return {
      refused: facts.most
        ? `${facts.name} is not a name of a link that kw puts into a command`
        : 'no MTU is that of most hosts: which of them the switch between them carries is not seen from here',
      advice: [
        `ping -M do -s SIZE from ${host} and to it: the largest that is answered, and 28, is what the segment carries`,
        'ip link set dev LINK mtu THAT on each of its hosts, and in their network configuration; then kw up',
      ],
    };
  const because = 'packets of one host are not too large for the next';
  return {
    title:
      `Set the MTU of ${link} on ${host} to ${facts.other.mtu}, as on the other hosts (write it into this ` +
      'host’s network configuration too: that file is its owner’s)',
    risk: 'none',
    want: [command(`mtu of ${link}`, mtuSet(link, facts.other.mtu), { host, because, stage: 'nodes' })],
  };
};

const mtuSet = (link: LinkName, mtu: number): Wants['command'] => ({
  unless: sh`ip -o link show dev ${link} | grep -v ${` mtu ${mtu} `} || true`,
  run: sh`ip link set dev ${link} mtu ${mtu}`,
  risk: 'none',
  undo: {
    keep: sh`ip -o link show dev ${link} | sed 's/.* mtu \\([0-9]*\\) .*/\\1/'`,
    back: sh`read -r was && ip link set dev ${link} mtu "$was"`,
  },
});

const providerAgain = (
  { host, facts }: Found<Facts['overlay-too-large'] | Facts['pods-too-large']>,
  chart: Chart,
): Therapy | Refusal => {
  const own = restoreAt(chart, host, '/etc/kubernetes/network/config', '/etc/cni/net.d/10-kubewizard.conflist');
  return own.length > 0
    ? { title: `Give the pod network of ${host} the MTU that its link carries`, risk: 'restart', want: own }
    : {
        refused: 'the network provider sets this MTU, and would set it again',
        advice: [
          `set ${facts.wanted} in the provider’s own configuration (calico: veth_mtu, flannel: the MTU it ` +
            'finds at its start)',
          'restart its pods, then the pods of this node',
        ],
      };
};

interface Link {
  readonly host: HostChart;
  readonly address: Address;
  readonly name: string;
  readonly mtu: number;
  readonly segment: Cidr;
}

/** The link that has the host's own address, and its segment. */
function underlay(host: HostChart, evidence: EvidenceReader): Link | undefined {
  const network = evidence.read(host.network);
  const own = network?.addresses.find(one => one.address === host.address);
  const link = network?.links.find(one => one.name === own?.link);
  const address = parseIPv4(host.address);
  const segment = own && parseIPv4Cidr(`${own.address}/${own.prefix}`);
  return link && segment && address !== undefined
    ? { host, address, name: link.name, mtu: link.mtu, segment: networkOf(segment) }
    : undefined;
}

/**
 * What most hosts of a segment do: asked once for each segment, since a thousand hosts share one. Without `usual` no
 * value is that of most.
 */
interface Majority {
  readonly usual?: number;
  readonly many: number;
  readonly of: number;
  readonly example: HostChart;
  readonly largest: Link;
}

function majorityOf(segment: Cidr, links: readonly Link[]): Majority | undefined {
  const peers = links.filter(({ address }) => contains(segment, address));
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

/**
 * Hosts of one segment send each other what their own link carries, and nobody on the way says that it is too
 * large.
 */
function differs({ host, name, mtu }: Link, majority: Majority | undefined): Finding | undefined {
  if (!majority || majority.usual === mtu) return undefined;
  const { usual, many, of, example, largest } = majority;
  if (usual === undefined && mtu === largest.mtu) return undefined;
  const [other, theirs] = usual === undefined ? [largest.host, largest.mtu] : [example, usual];
  return {
    variant: 'hosts-differ',
    host: host.name,
    subject: { link: name },
    facts: {
      name,
      mtu,
      other: { host: other.name, mtu: theirs },
      ...(usual !== undefined && { most: { many, of } }),
    },
  };
}

function over({ host, name, mtu: carries }: Link, evidence: EvidenceReader): Finding | undefined {
  evidence.read(host.files);
  const seen = evidence.read(host.network)?.links.find(isOverlay);
  if (!seen) return undefined;
  const tunnel = { name: seen.name, mtu: seen.mtu, ...(seen.kind !== undefined && { kind: seen.kind }) };
  const below = { name, mtu: carries };
  const wanted = carries - (overhead[seen.kind ?? ''] ?? 0);
  if (tunnel.mtu > wanted) {
    return {
      variant: 'overlay-too-large',
      subject: { link: tunnel.name },
      facts: { tunnel, below, wanted },
      host: host.name,
    };
  }
  const config = cniConfigs(host)[0];
  const plugin = config?.plugins.find(one => at(one, 'type') === 'bridge');
  const mtu = plugin === undefined ? undefined : Number(at(plugin, 'mtu') ?? carries);
  if (!config || mtu === undefined || mtu <= tunnel.mtu) return undefined;
  const { path } = config;
  return {
    variant: 'pods-too-large',
    subject: { path },
    facts: { path, mtu, tunnel, below, wanted: tunnel.mtu },
    host: host.name,
  };
}
