import { defineCase, type FoundOf } from '../../../case.js';
import type { FirewallSeen, HostChart } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { securePort } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { fateOf } from '../../../read/packets.js';
import { shown } from '../../../read/shown.js';
import { firstRules } from '../../../therapies/first-rules.js';
import { kubeletCall, serviceSilent } from '../../../symptoms.js';
import { type Address, hostCidr, parseIPv4 } from '../../../../net/address.js';
import { type Port, parsePort } from '../../../../net/endpoint.js';
import { sh } from '../../../../shell/sh.js';

type Protocol = 'tcp' | 'udp';
type BackEnd = 'nft' | 'legacy';

interface Closed {
  readonly protocol: Protocol;
  readonly port: Port;
  /** The host whose packets do not come in. */
  readonly from: string;
}

/** A connection that was tried, though somebody listens. */
interface Tried {
  readonly address: string;
  readonly answer: string;
  readonly listener: string;
}

type Facts = {
  /** `tried`: absent for an overlay's port, which answers nobody. */
  'input-rule': Closed & { readonly backEnd: BackEnd; readonly rule: string; readonly tried?: Tried };
  'foreign-table': Closed & { readonly table: string; readonly tried: Tried };
  'on-the-way': Closed & { readonly tried: Tried };
};
type Finding = FoundOf<Facts>;

const noAnswer = (host: string, { from, port }: Closed, { address, answer, listener }: Tried): string =>
  `${from} gets no answer from ${address}:${port} (${answer}), though ${listener} listens there on ${host}`;

export default defineCase<Facts>({
  id: 'host-firewall',
  precedence: 430,
  title: 'A firewall stands between the cluster’s hosts',
  variants: {
    'input-rule': {
      means: 'a rule of iptables on the host drops what the others send to a port of the cluster',
      says: ({ host, facts }) =>
        facts.tried
          ? `${noAnswer(host, facts, facts.tried)}; it ends at ${facts.rule}`
          : `pods’ packets from ${facts.from} come to ${host} in ${facts.protocol} port ${facts.port}, and end at ${facts.rule}`,
    },
    'foreign-table': {
      means: 'the port is silent, and the host has a firewall of its own in nft (firewalld …)',
      says: ({ host, facts }) => `${noAnswer(host, facts, facts.tried)}; ${facts.table} filters what comes in`,
    },
    'on-the-way': {
      means: 'the port is silent, and nothing on the host itself drops it',
      says: ({ host, facts }) => noAnswer(host, facts, facts.tried),
    },
  },
  symptoms: [
    {
      text: /dial tcp [\d.]+:(10250|6443|2379|2380): (i\/o timeout|connect: no route to host|connect: connection timed out)/,
    },
    { text: /firewalld is active, please ensure ports/ },
    { text: serviceSilent },
    { text: kubeletCall },
  ],
  explains: [
    'quorum-lost',
    'not-highly-available',
    'cluster-dns-missing',
    'kubelet-certificate-not-trusted',
    'waiting-for-leader-lease',
  ],
  lab: true,
  sources: [
    'projectcalico/calico#3425',
    'projectcalico/calico#3388',
    'projectcalico/calico#9969',
    'https://kubernetes.io/docs/reference/networking/ports-and-protocols/',
  ],
  badCures: [
    {
      cure: 'systemctl disable --now firewalld (or ufw disable)',
      why: 'the whole host stands open: a few ports for a few addresses are enough',
      text: /systemctl (stop|disable).{0,20} (firewalld|ufw)|ufw disable/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const hosts = hostsOf(chart);
    const silent = silences(hosts, eyes);
    return eyes.verdict(
      hosts.flatMap(host =>
        findings(
          host,
          hosts.find(one => one !== host),
          silent.get(host.address) ?? [],
          eyes,
        ),
      ),
    );
  },

  therapy(finding, chart) {
    const { protocol, port } = finding.facts;
    const others = hostsOf(chart).filter(one => one.name !== finding.host);
    const peers = others.map(one => parseIPv4(one.address)).filter(address => address !== undefined);
    if (finding.variant !== 'input-rule' || peers.length < others.length || peers.length > 64)
      return {
        refused: notByUs[finding.variant],
        advice: [
          `let ${protocol} ${port} through from ${peers.slice(0, 5).join(', ')}`,
          `firewall-cmd --permanent --add-port=${port}/${protocol} && firewall-cmd --reload; ufw allow from NETWORK to any port ${port} proto ${protocol}`,
        ],
      };
    const rules = peers.map(address => ({ from: hostCidr(address), protocol, port }));
    return {
      title: `Let ${protocol} ${port} of the other hosts through on ${finding.host}`,
      risk: 'none',
      want: firstRules(
        { chain: 'INPUT', rules, backEnd: finding.facts.backEnd, unit: `kw-open-${protocol}-${port}` },
        { host: finding.host, because: `the cluster’s hosts reach ${protocol} port ${port}`, stage: 'host' },
      ),
    };
  },

  teach: finding => {
    const { protocol, port } = finding.facts;
    return [
      {
        host: finding.host,
        command: 'iptables -vnL INPUT; nft list ruleset | less',
        answer: finding.shows[0]?.text ?? '',
        healthy: 'nothing drops the cluster’s ports for the cluster’s hosts',
      },
      protocol === 'udp'
        ? {
            host: 'another host',
            command: sh`tcpdump -ni any -c 5 udp port ${port}`,
            answer: 'packets go out, and none comes back',
            healthy: 'packets of both hosts',
          }
        : {
            host: 'another host',
            command: sh`curl -sk -m 5 ${`https://${finding.host}:${port}/`}`,
            answer: 'Connection timed out',
            healthy: 'any answer at all',
          },
    ];
  },
});

const listenerOn = (host: HostChart, port: number): string =>
  ({ 10250: 'kubelet', [securePort(host)]: 'kube-apiserver', 2379: 'etcd', 2380: 'etcd' })[port] ?? 'somebody';

const notByUs: Readonly<Record<Finding['variant'], string>> = {
  'input-rule': 'the other hosts are more than 64, or not each of them has an IPv4 address to write into a rule',
  'foreign-table': 'the firewall of this host has a configuration of its own, and would undo what is written past it',
  'on-the-way': 'what drops it is not on this host: a switch, a security group or the sender’s own rules',
};

interface Silence {
  readonly from: HostChart;
  readonly port: Port;
  readonly answer: string;
}

/** Ports that gave no answer, by the address that was tried: read once, since each host tries many. */
function silences(hosts: readonly HostChart[], eyes: Eyes): ReadonlyMap<string, readonly Silence[]> {
  const found = new Map<string, Silence[]>();
  for (const from of hosts)
    for (const [target, answer] of Object.entries(eyes.see(from.reach) ?? {})) {
      if (answer !== 'timeout' && answer !== 'no-route') continue;
      const cut = target.lastIndexOf(':');
      const [address, port] = [target.slice(0, cut), parsePort(target.slice(cut + 1))];
      if (port !== undefined) found.set(address, [...(found.get(address) ?? []), { from, port, answer }]);
    }
  return found;
}

/** A host as the rules see it: who has packets for a port of it dropped, and where. */
interface Gate {
  readonly host: HostChart;
  readonly address: Address | undefined;
  readonly rules: FirewallSeen;
  readonly link: string | undefined;
}

const dropsAt = (gate: Gate, protocol: Protocol, port: Port, sender: HostChart) => {
  const from = parseIPv4(sender.address);
  if (from === undefined || gate.address === undefined) return undefined;
  const packet = { from, to: gate.address, protocol, port, ...(gate.link !== undefined && { in: gate.link }) };
  for (const backEnd of ['nft', 'legacy'] as const) {
    const fate = fateOf(gate.rules[backEnd], 'INPUT', packet);
    if (fate.fate === 'dropped' && fate.unsure === undefined) return { rule: fate.by, backEnd };
  }
  return undefined;
};

/** `other`: any one of the other hosts. */
function findings(
  host: HostChart,
  other: HostChart | undefined,
  tried: readonly Silence[],
  eyes: Eyes,
): readonly Finding[] {
  const rules = eyes.see(host.firewall);
  const listening = eyes.see(host.listening);
  const network = eyes.see(host.network);
  if (!rules || !listening || !network) return [];
  const link = network.addresses.find(one => one.address === host.address)?.link;
  const gate = { host, address: parseIPv4(host.address), rules, link };
  const served = (port: Port): boolean =>
    listening.some(one => one.protocol === 'tcp' && one.port === port && !one.address.startsWith('127.'));
  const byPort = new Map<Port, Silence>();
  for (const one of tried)
    if (one.from !== host && !byPort.has(one.port) && served(one.port)) byPort.set(one.port, one);
  const tunnel = network.links.some(one => one.kind === 'vxlan');
  return [
    ...[...byPort.values()].map(one => silent(gate, one)),
    ...(tunnel && other ? overlay(gate, other, eyes) : []),
  ];
}

const silent = (gate: Gate, { from, port, answer }: Silence): Finding => {
  const { host, rules } = gate;
  const drop = dropsAt(gate, 'tcp', port, from);
  const foreign = /hook input/.test(rules.foreign) && /\b(drop|reject)\b/.test(rules.foreign);
  const tried = { address: host.address, answer, listener: listenerOn(host, port) };
  const closed = { protocol: 'tcp' as const, port, from: from.name, tried };
  const at = {
    host: host.name,
    subject: { protocol: 'tcp', port },
    shows: [
      shown(
        host.firewall,
        drop ? `iptables-${drop.backEnd}-save` : 'nft list tables',
        drop?.rule ?? /table [^{]+/.exec(rules.foreign)?.[0] ?? 'no rule that drops it',
      ),
      shown(from.reach, `${from.name} → ${host.address}:${port}`, answer),
    ],
  };
  if (drop) return { variant: 'input-rule', facts: { ...closed, ...drop }, ...at };
  const table = /table \w+ \S+/.exec(rules.foreign)?.[0] ?? 'an nft table';
  return foreign
    ? { variant: 'foreign-table', facts: { ...closed, table }, ...at }
    : { variant: 'on-the-way', facts: closed, ...at };
};

/** An overlay's port answers nobody, so a connection cannot be tried: only the rules tell. */
function overlay(gate: Gate, from: HostChart, eyes: Eyes): readonly Finding[] {
  const { host } = gate;
  const config = (eyes.see(host.files) ?? []).find(file => file.path === '/etc/kubernetes/network/config')?.text ?? '';
  const port = parsePort(/^PORT='?(\d+)/m.exec(config)?.[1] ?? 8472);
  const drop = port && dropsAt(gate, 'udp', port, from);
  return drop
    ? [
        {
          variant: 'input-rule',
          host: host.name,
          subject: { protocol: 'udp', port },
          facts: { protocol: 'udp', port, from: from.name, ...drop },
          shows: [shown(host.firewall, `iptables-${drop.backEnd}-save`, drop.rule)],
        },
      ]
    : [];
}
