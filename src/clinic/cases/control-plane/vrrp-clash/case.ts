import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import type { Facts, Shared } from './facts.js';
import { cure } from './therapy.js';
import { instancesOf, type Instance } from './keepalived.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';

export default defineCase<Facts>({
  id: 'vrrp-clash',
  precedence: 440,
  title: 'The virtual address on more than one host',
  variants: {
    'router-ids-differ': {
      means: 'hosts that share a virtual address have different VRRP ids: each hears no one and takes it',
      says: ({ host, facts: { address, id, usual, others } }) =>
        `${host} shares ${address} under virtual_router_id ${id}, but ${others.join(', ')} under ${usual}: they ` +
        'ignore each other',
      shows: ({ facts }) => [quoted('files', facts.path, `virtual_router_id ${facts.id}`), ...held(facts)],
    },
    'peer-missing': {
      means: 'a host sends its advertisements to some of the others only',
      says: ({ host, facts: { address, peers, unheard } }) =>
        `${host} advertises ${address} to ${peers.join(', ')}, but not to ${unheard.join(', ')}`,
      shows: ({ facts }) => [quoted('files', facts.path, `unicast_peer ${facts.peers.join(' ')}`), ...held(facts)],
    },
    'adverts-blocked': {
      means: 'a packet filter drops VRRP',
      says: ({ host, facts: { address, rule } }) =>
        `${host} shares ${address}, but its packet filter drops VRRP: ${rule}`,
      shows: ({ facts }) => [quoted('firewall', 'iptables-save', facts.rule), ...held(facts)],
    },
    'not-by-keepalived': {
      means: 'the address also lies on a host where no keepalived put it',
      says: ({ host, facts: { address, others } }) =>
        `${address} is the virtual address of ${others.join(', ')}, but ${host} holds it too, where no keepalived ` +
        'runs for it',
      shows: ({ facts }) => held(facts),
    },
    'two-holders': {
      means: 'two hosts hold the address, though their configurations agree: they do not hear each other',
      says: ({ facts: { address, holders } }) =>
        `${holders.join(' and ')} both hold ${address}: they do not hear each other’s advertisements, though their ` +
        'configurations agree',
      shows: ({ facts }) => held(facts),
    },
  },
  told: [['vip', 'at-once']],
  symptoms: [
    { text: /Entering MASTER STATE/, benign: 'once, when another host goes' },
    {
      text: pattern(
        /(VRID|virtual router id) mismatch|received an invalid ip number count|expecting.{0,40}VRID/i,
        /|bogus VRRP packet/i,
      ),
    },
    {
      text: pattern(
        /received an invalid (?:passwd|authentication)|address associated with VRID/i,
        /|(?<![\w-])(?:both|two)(?![\w-]).{0,60}\b(?:MASTER|VIP)\b/i,
      ),
    },
    { text: /Received advert (of|with) higher priority/, benign: 'once, when a host returns' },
    // Two masters by the same right: the address decides, and whoever has given way takes it back soon.
    { text: /[Rr]eceived advert .{0,80}same priority.{0,60}(?:higher|lower) (?:IP )?address/ },
    // A master hears another one: neither has given way.
    {
      text: /[Rr]eceived (?:lower prio(?:rity)? advert|advert .{0,80}lower priority).{0,80}(?:new election|ours)/,
      benign: 'once, when a host takes the address back',
    },
    { text: /duplicate (IPv4 )?address/i },
  ],
  explains: ['client-and-server-disagree-on-ca', 'not-highly-available'],
  lab: true,
  sources: [
    'acassen/keepalived#2649',
    'acassen/keepalived#1702',
    'acassen/keepalived#2370',
    'kube-vip/kube-vip#665',
    'RFC 5798',
  ],
  badCures: [
    {
      cure: 'state MASTER and a higher priority on one host',
      why: 'a host that hears no advertisements takes the address whatever its priority is',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const all = hostsOf(chart).flatMap(host => instancesOf(host, evidence));
    const shared = [...new Set(all.flatMap(one => one.addresses))];
    return evidence.verdict(
      shared.flatMap(address =>
        clash(
          chart,
          address,
          all.filter(one => one.addresses.includes(address)),
          evidence,
        ),
      ),
    );
  },

  therapy(finding, chart) {
    const want = cure(chart, finding);
    if (want.length > 0)
      return { title: `Give the virtual address to one host alone (${finding.host})`, risk: 'restart', want };
    return {
      refused: 'this keepalived is its owner’s: which of the ids is free in this network nobody here can see',
      advice: [
        'one virtual_router_id for all hosts that share the address, used by nobody else in that network ' +
          '(tcpdump -ni any proto 112)',
        'unicast_peer with every other host, where the network drops multicast',
        'let protocol 112 pass between them, then restart keepalived on one host after the other',
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'ip -br address',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'the virtual address on one host of all',
    },
    {
      host: finding.host,
      command: 'journalctl -u kw-keepalived -u keepalived -n 20; tcpdump -ni any -c 10 proto 112',
      answer: 'Entering MASTER STATE on more than one host',
      healthy: 'advertisements of one host, with one vrid',
    },
  ],
});

const held = ({ address, holders }: Shared): readonly Quote[] =>
  holders.map(host => quotedOn(host, 'network', host, `holds ${address}`));

const clash = (
  chart: Chart,
  address: string,
  sharing: readonly Instance[],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const named = hostsOf(chart).map(host => ({ host, network: evidence.read(host.network) }));
  const holders = named
    .filter(({ network }) => network?.addresses.some(one => one.address === address))
    .map(({ host }) => host);
  const ids = new Map<string, number>();
  for (const one of sharing) ids.set(one.id, (ids.get(one.id) ?? 0) + 1);
  const [usual] = [...ids].sort(([, a], [, b]) => b - a)[0] ?? [''];
  const shared: Shared = { address, holders: holders.map(host => host.name) };
  const known = sharing.flatMap(one => causes(shared, one, sharing, usual ?? '', evidence));
  if (holders.length < 2) return known;
  const outsiders = holders
    .filter(host => !sharing.some(one => one.host === host))
    .map(
      (host): FoundOf<Facts> => ({
        variant: 'not-by-keepalived',
        host: host.name,
        subject: { address },
        facts: { ...shared, others: sharing.map(one => one.host.name) },
      }),
    );
  if (known.length + outsiders.length > 0) return [...known, ...outsiders];
  return [
    {
      variant: 'two-holders',
      host: 'cluster',
      subject: { address },
      facts: shared,
    },
  ];
};

const causes = (
  shared: Shared,
  one: Instance,
  sharing: readonly Instance[],
  usual: string,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const at = { host: one.host.name, subject: { path: one.path, address: shared.address } };
  const others = sharing.filter(other => other !== one);
  const unheard = one.peers.length === 0 ? [] : others.filter(other => !one.peers.includes(other.host.address));
  const rule = evidence.read(one.host.firewall);
  const drops = [rule?.nft ?? '', rule?.legacy ?? '']
    .flatMap(text => text.split('\n'))
    .find(line => /^-A (INPUT|OUTPUT) .*-p (vrrp|112)\b.*-j (DROP|REJECT)/.test(line));
  return [
    ...(one.id !== usual
      ? [
          {
            variant: 'router-ids-differ' as const,
            ...at,
            facts: {
              ...shared,
              path: one.path,
              id: one.id,
              usual,
              others: others.filter(other => other.id === usual).map(other => other.host.name),
            },
          },
        ]
      : []),
    ...(unheard.length > 0
      ? [
          {
            variant: 'peer-missing' as const,
            ...at,
            facts: {
              ...shared,
              path: one.path,
              peers: one.peers,
              unheard: unheard.map(other => other.host.name),
            },
          },
        ]
      : []),
    ...(drops
      ? [
          {
            variant: 'adverts-blocked' as const,
            ...at,
            facts: {
              ...shared,
              rule: drops,
              program: rule?.nft.includes(drops.replace(/^-A /, '')) ? 'iptables-nft' : 'iptables-legacy',
            } as const,
          },
        ]
      : []),
  ];
};
