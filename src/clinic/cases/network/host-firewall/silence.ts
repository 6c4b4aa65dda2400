/** Ports that gave no answer though somebody listens, and the rule at which packets to them end. */
import type { FoundOf } from '../../../case.js';
import type { FirewallSeen, HostChart } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { securePort } from '../../../read/flags.js';
import { fateOf } from '../../../read/packets.js';
import { listenerAt } from '../../../../model/components.js';
import { type Address, parseIPv4 } from '../../../../net/address.js';
import { type Port, parsePort } from '../../../../net/endpoint.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

type Protocol = 'tcp' | 'udp';
type BackEnd = 'nft' | 'legacy';

export interface Closed {
  readonly protocol: Protocol;
  readonly port: Port;
  /** The host whose packets do not come in. */
  readonly from: string;
}

/** A connection that was tried, though somebody listens. */
export interface Tried {
  readonly address: string;
  readonly answer: string;
  readonly listener: string;
  /** The head of the first table of nft that is not the cluster's. */
  readonly nft?: string;
}

export type FirewallFacts = {
  /** `tried`: absent for an overlay's port, which answers nobody. */
  'input-rule': Closed & { readonly backEnd: BackEnd; readonly rule: string; readonly tried?: Tried };
  'foreign-table': Closed & { readonly table: string; readonly tried: Tried };
  'on-the-way': Closed & { readonly tried: Tried };
};
export type Finding = FoundOf<FirewallFacts>;

/** What drops it, as far as it was seen, and the connection that was tried. */
export const shows = ({ facts }: Found<FirewallFacts[keyof FirewallFacts]>): readonly Quote[] => [
  'rule' in facts
    ? quoted('firewall', `iptables-${facts.backEnd}-save`, facts.rule)
    : quoted('firewall', 'nft list tables', facts.tried.nft ?? 'no rule that drops it'),
  ...(facts.tried
    ? [quotedOn(facts.from, 'reach', `${facts.from} → ${facts.tried.address}:${facts.port}`, facts.tried.answer)]
    : []),
];

interface Silence {
  readonly from: HostChart;
  readonly port: Port;
  readonly answer: string;
}

/** Ports that gave no answer, by the address that was tried: read once, since each host tries many. */
export function silences(
  hosts: readonly HostChart[],
  evidence: EvidenceReader,
): ReadonlyMap<string, readonly Silence[]> {
  const found = new Map<string, Silence[]>();
  for (const from of hosts)
    for (const [target, answer] of Object.entries(evidence.read(from.reach) ?? {})) {
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
export function findings(
  host: HostChart,
  other: HostChart | undefined,
  tried: readonly Silence[],
  evidence: EvidenceReader,
): readonly Finding[] {
  const rules = evidence.read(host.firewall);
  const listening = evidence.read(host.listening);
  const network = evidence.read(host.network);
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
    ...(tunnel && other ? overlay(gate, other, evidence) : []),
  ];
}

const silent = (gate: Gate, { from, port, answer }: Silence): Finding => {
  const { host, rules } = gate;
  const drop = dropsAt(gate, 'tcp', port, from);
  const foreign = /hook input/.test(rules.foreign) && /\b(drop|reject)\b/.test(rules.foreign);
  const nft = /table [^{]+/.exec(rules.foreign)?.[0];
  const tried = { address: host.address, answer, listener: listenerOn(host, port), ...(nft !== undefined && { nft }) };
  const closed = { protocol: 'tcp' as const, port, from: from.name, tried };
  const at = {
    host: host.name,
    subject: { protocol: 'tcp', port },
  };
  if (drop) return { variant: 'input-rule', facts: { ...closed, ...drop }, ...at };
  const table = /table \w+ \S+/.exec(rules.foreign)?.[0] ?? 'an nft table';
  return foreign
    ? { variant: 'foreign-table', facts: { ...closed, table }, ...at }
    : { variant: 'on-the-way', facts: closed, ...at };
};

/** An overlay's port answers nobody, so a connection cannot be tried: only the rules tell. */
function overlay(gate: Gate, from: HostChart, evidence: EvidenceReader): readonly Finding[] {
  const { host } = gate;
  const config =
    (evidence.read(host.files) ?? []).find(file => file.path === '/etc/kubernetes/network/config')?.text ?? '';
  const port = parsePort(/^PORT='?(\d+)/m.exec(config)?.[1] ?? 8472);
  const drop = port && dropsAt(gate, 'udp', port, from);
  return drop
    ? [
        {
          variant: 'input-rule',
          host: host.name,
          subject: { protocol: 'udp', port },
          facts: { protocol: 'udp', port, from: from.name, ...drop },
        },
      ]
    : [];
}

const listenerOn = (host: HostChart, port: number): string =>
  port === securePort(host) ? 'kube-apiserver' : (listenerAt(port) ?? 'somebody');
