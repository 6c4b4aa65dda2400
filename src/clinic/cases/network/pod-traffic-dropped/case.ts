import { defineCase, type FoundOf } from '../../../case.js';
import type { FirewallSeen, HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { fateOf, type Fate, type Packet } from '../../../read/packets.js';
import { linkTo, type PodEnd, podEndOf } from '../../../read/pod-ends.js';
import { podNetworkOf, podNetworksOf } from '../../../read/pod-networks.js';
import { noRoute, overlayShows, overlayUp, stateText } from './overlay.js';
import { firstRules } from '../../../therapies/first-rules.js';
import { serviceSilent } from '../../../symptoms.js';
import type { Address } from '../../../../net/address.js';
import { type BackEnd, type Facts, ends, proof } from './facts.js';

export default defineCase<Facts>({
  id: 'pod-traffic-dropped',
  precedence: 200,
  title: 'Packets of pods are dropped while the host forwards them',
  founding: 8,
  variants: {
    docker: {
      means: 'Docker has set the policy of FORWARD to DROP, and no rule lets pods through',
      says: ({ host, facts }) => `${ends(host, facts)}: no rule takes it, and the policy is DROP, as Docker sets it`,
      shows: proof,
    },
    'forward-policy': {
      means: 'the policy of FORWARD is DROP, and no rule lets pods through',
      says: ({ host, facts }) => `${ends(host, facts)}: no rule takes it, and the policy is DROP`,
      shows: proof,
    },
    'forward-rule': {
      means: 'a rule in FORWARD drops or rejects pods’ packets before one lets them through',
      says: ({ host, facts }) => `${ends(host, facts)}: the first rule that takes it is ${facts.by}`,
      shows: proof,
    },
    'overlay-down': {
      means: 'the host has no route to the pods of any other host: its part of the overlay is not up',
      says: ({ host, facts }) => `${host} has no route to the pods of any other host: ${stateText(facts)}`,
      shows: overlayShows,
    },
  },
  about: [
    { who: 'kernel', whom: 'pod', how: 'dropped' },
    { who: 'pod', whom: 'pod', how: 'timed-out' },
    { who: 'pod', whom: 'internet', how: 'timed-out' },
    { whom: 'service', how: 'timed-out' },
    { whom: 'dns', how: 'timed-out' },
    { who: 'dns', whom: 'dns', how: 'timed-out' },
    { whom: 'outside-host', how: 'name-unknown' },
  ],
  told: [['forward-drop', 'pods'], ['forward-drop'], ['rules-flushed', 'firewall-reload']],
  symptoms: [
    { text: /Chain FORWARD \(policy DROP/, benign: 'rules of the pod network in front of the policy let pods through' },
    {
      text: /-P FORWARD DROP|:FORWARD DROP \[|\bFORWARD chain.{0,30}\bDROP\b/,
      benign: 'rules of the pod network in front of the policy let pods through',
    },
    { text: /dial tcp 10\.\d+\.\d+\.\d+:\d+: (i\/o timeout|connect: no route to host)/ },
    { text: serviceSilent },
  ],
  explains: [
    'probe-misses-its-target',
    'cluster-dns-missing',
    'webhook-deadlock',
    'namespace-terminating-apiservice',
    'front-proxy',
    'data-path',
  ],
  lab: true,
  sources: [
    'kubernetes/kubernetes#40182',
    'kubernetes/kubernetes#39823',
    'https://docs.docker.com/engine/network/packet-filtering-firewalls/',
  ],
  badCures: [
    {
      cure: 'iptables -P FORWARD ACCEPT',
      why:
        'the host then forwards for everybody, and Docker sets DROP again at its next start on a host ' +
        'without ip_forward',
      text: /iptables -P FORWARD ACCEPT/,
    },
    {
      cure: 'iptables -F',
      why: 'kube-proxy’s, the overlay’s and the owner’s rules go with it',
      text: /iptables -F(?! \w)/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    for (const host of nodesOf(chart)) evidence.read(host.files);
    const nets = new Map(nodesOf(chart).map(host => [host.name, podNetworkOf(chart, host)]));
    const podEnds = new Map(nodesOf(chart).map(host => [host.name, podEndOf(chart, host, nets.get(host.name))]));
    return evidence.verdict(
      nodesOf(chart).flatMap(host =>
        [noRoute(chart, host, nets, evidence) ?? [], onHost(host, podEnds, evidence) ?? []].flat(),
      ),
    );
  },

  therapy(finding, chart) {
    if (finding.variant === 'overlay-down') return overlayUp(finding.host, chart);
    const rules = podNetworksOf(chart).flatMap(network => [{ from: network }, { to: network }]);
    const advice = [
      'iptables -I FORWARD -s <pod network> -j ACCEPT; iptables -I FORWARD -d <pod network> -j ACCEPT',
      'keep them: a unit after docker.service',
    ];
    if (rules.length === 0 || rules.length > 64)
      return { refused: 'the pod network is not known, or is in too many parts for rules by hand', advice };
    const want = firstRules(
      {
        chain: 'FORWARD',
        rules,
        backEnd: finding.facts.backEnd,
        ...(!isOurs(chart) && { unit: 'kw-pods-forward' }),
      },
      { host: finding.host, because: 'packets of pods are forwarded', stage: 'nodes' },
    );
    return { title: `Let packets of pods through the FORWARD chain of ${finding.host}`, risk: 'none', want };
  },

  verify: finding =>
    finding.variant === 'overlay-down'
      ? [
          {
            host: finding.host,
            command: 'ip route show proto 107; systemctl status kw-network',
            answer: finding.shows.map(one => one.text).join('\n'),
            healthy: 'one route for each other host; active (exited)',
          },
        ]
      : [
          {
            host: finding.host,
            command: finding.facts.backEnd === 'legacy' ? 'iptables-legacy -vnL FORWARD' : 'iptables -vnL FORWARD',
            answer: finding.shows[0]?.text ?? '',
            healthy:
              'rules that ACCEPT the pod network stand before every DROP; the counter of the policy stands still',
          },
          {
            host: 'cluster',
            command: 'kubectl exec POD -- ping -c 2 ADDRESS-OF-A-POD-ELSEWHERE',
            answer: '100% packet loss',
            healthy: '0% packet loss',
          },
        ],
});

function onHost(
  host: HostChart,
  ends: ReadonlyMap<string, PodEnd | undefined>,
  evidence: EvidenceReader,
): FoundOf<Facts> | undefined {
  const rules = evidence.read(host.firewall);
  const own = ends.get(host.name);
  if (!rules || own === undefined) return undefined;
  const other = addressOfAnother(ends, host.name);
  const out = other && overlay(host, other, evidence);
  const packets: readonly Packet[] =
    other === undefined
      ? [{ from: own.address, to: own.address, in: own.link, out: own.link }]
      : [
          { from: own.address, to: other, in: own.link, ...(out !== undefined && { out }) },
          { from: other, to: own.address, ...(out !== undefined && { in: out }), out: own.link },
        ];
  for (const backEnd of ['nft', 'legacy'] as const)
    for (const packet of packets) {
      const fate = fateOf(rules[backEnd], 'FORWARD', packet);
      if (fate.fate === 'accepted') continue;
      if (fate.unsure === undefined) return dropped(host, rules, backEnd, packet, fate);
      evidence.note(
        host.name,
        `${backEnd} FORWARD`,
        `whether this rule lets pods through cannot be told from its text: ${fate.unsure.slice(0, 200)}`,
      );
    }
  return undefined;
}

function dropped(
  host: HostChart,
  rules: FirewallSeen,
  backEnd: BackEnd,
  { from, to }: Packet,
  { by }: Fate,
): FoundOf<Facts> {
  const policy = by.startsWith('policy');
  const variant = !policy
    ? 'forward-rule'
    : /^:DOCKER(-USER|-FORWARD|-ISOLATION\S*)? /m.test(rules[backEnd])
      ? 'docker'
      : 'forward-policy';
  return {
    variant,
    host: host.name,
    subject: { backEnd, chain: 'FORWARD' },
    facts: {
      backEnd,
      from,
      to,
      by,
      chain: [
        /^:FORWARD .*$/m.exec(rules[backEnd])?.[0] ?? '',
        ...rules[backEnd]
          .split('\n')
          .filter(line => line.startsWith('-A FORWARD'))
          .slice(0, 8),
      ],
    },
  };
}

/** The link by which packets for pods elsewhere leave: as the routes say, an overlay's, else the host's own. */
const overlay = (host: HostChart, other: Address, evidence: EvidenceReader): string | undefined => {
  const network = evidence.read(host.network);
  return (
    (network && linkTo(network, other)) ??
    network?.links.find(link => link.kind === 'vxlan' || link.kind === 'ipip' || link.kind === 'wireguard')?.name ??
    network?.addresses.find(one => one.address === host.address)?.link
  );
};

/** The first that is known: all of a thousand hosts for each of them would cost their square. */
const addressOfAnother = (ends: ReadonlyMap<string, PodEnd | undefined>, but: string): Address | undefined => {
  for (const [name, end] of ends) if (name !== but && end !== undefined) return end.address;
  return undefined;
};
