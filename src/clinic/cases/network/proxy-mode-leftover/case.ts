import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { leftover } from '../../../therapies/leftover.js';
import { serviceSilent } from '../../../symptoms.js';
import type { Wants } from '../../../../resources/wants.js';
import { raw, type Script, sh } from '../../../../shell/sh.js';
import { type Mode, modeOf } from './mode.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  /** `addresses`: of Services, which lie on the host itself for it. */
  readonly 'ipvs-link': { readonly mode: Mode; readonly addresses: readonly string[] };
  /** `tables`: as `nft` names them, `ip kube-proxy`. */
  readonly 'nft-table': { readonly mode: Mode; readonly tables: readonly Table[] };
  /** `chains`: in which iptables still jumps to the old rules; `jumps`: the chain of each jump. */
  readonly 'iptables-chains': {
    readonly mode: Mode;
    readonly chains: readonly string[];
    readonly jumps: readonly string[];
  };
};

type Table = 'ip kube-proxy' | 'ip6 kube-proxy';
const link = 'kube-ipvs0';

export default defineCase<Facts>({
  id: 'proxy-mode-leftover',
  precedence: 225,
  title: 'Rules of another mode of kube-proxy are still there',
  variants: {
    'ipvs-link': {
      means: 'the link of mode ipvs still holds addresses of Services, and kube-proxy runs in another mode',
      says: ({ host, facts: { mode, addresses } }) =>
        `kube-proxy on ${host} runs in mode ${mode}, but ${link} of mode ipvs still holds ${addresses.length} ` +
        `addresses of Services (${addresses.slice(0, 3).join(', ')}): what is sent to them ends on the host itself`,
      shows: ({ facts }) => [quoted('network', link, facts.addresses.slice(0, 20).join(', '))],
    },
    'nft-table': {
      means: 'a table of mode nftables is still there, and kube-proxy runs in another mode',
      says: ({ host, facts: { mode, tables } }) =>
        `kube-proxy on ${host} runs in mode ${mode}, but the nft ${tables.length === 1 ? 'table' : 'tables'} ` +
        `${tables.join(' and ')} of mode nftables still ${tables.length === 1 ? 'decides' : 'decide'} over Services, ` +
        'with endpoints of that time',
      shows: ({ facts }) => [quoted('firewall', 'nft list tables', facts.tables.join(', '))],
    },
    'iptables-chains': {
      means: 'chains of mode iptables are still jumped to, and kube-proxy runs in mode nftables',
      says: ({ host, facts: { mode, chains } }) =>
        `kube-proxy on ${host} runs in mode ${mode}, but ${chains.join(', ')} of iptables still jump to ` +
        'KUBE-SERVICES of mode iptables, with endpoints of that time',
      shows: ({ facts }) => [
        quoted('firewall', 'iptables-save', facts.jumps.map(one => `-A ${one} -j KUBE-SERVICES`).join('; ')),
      ],
    },
  },
  told: [['proxy-mode']],
  symptoms: [
    { text: serviceSilent },
    { text: /\bkube-ipvs0\b/, benign: 'in mode ipvs it is where the addresses of all Services lie' },
    { text: /proxy mode .{0,40}(?:changed|switch)|switch(?:ed|ing) (?:kube-)?proxy mode/i },
  ],
  explains: ['data-path', 'cidr-overlap/services-hosts', 'cluster-dns-missing'],
  lab: true,
  spare: ['kube-proxy', 'configmaps'], // where the host has its configuration itself
  sources: [
    'https://kubernetes.io/docs/reference/networking/virtual-ips/',
    'kubernetes, cmd/kube-proxy: --cleanup',
    'kubernetes/kubernetes#75360',
  ],
  badCures: [
    {
      cure: 'iptables -F',
      why: 'rules of the network and of the owner go with it, and the other mode’s are not where it looks',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(chart, host, evidence)));
  },

  therapy(finding) {
    const place = { host: finding.host, because: 'one mode of kube-proxy alone decides over Services' };
    switch (finding.variant) {
      case 'ipvs-link':
        return {
          title: `Remove ${link}, which mode ipvs left on ${finding.host}`,
          risk: 'none',
          want: [leftover(link, linkGone, place)],
        };
      case 'nft-table':
        return {
          title: `Remove the rules that mode nftables left on ${finding.host}`,
          risk: 'none',
          want: finding.facts.tables.map(table => leftover(`nft table ${table}`, tableGone(scripts[table]), place)),
        };
      case 'iptables-chains':
        return {
          refused: 'whose of the many chains are still used by other programs kube-proxy itself knows best',
          advice: [
            `on ${finding.host}: stop kube-proxy, run kube-proxy --cleanup once, and start it again`,
            'or drain the node and restart it: the rules of the old mode are not made again',
          ],
        };
    }
  },

  verify: finding => [
    {
      host: finding.host,
      command: `ip -br address show ${link}; nft list tables; iptables-save -t nat | grep -e '-j KUBE-SERVICES'`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'only what belongs to the mode that kube-proxy says at its start',
    },
  ],
});

const linkGone: Wants['cleanup'] = {
  find: sh`ip -o address show dev kube-ipvs0 2>/dev/null || true`,
  remove: sh`ip link del dev kube-ipvs0`,
  risk: 'none',
  undo: {
    keep: sh`ip -o -4 address show dev kube-ipvs0 2>/dev/null | awk '{print $4}'`,
    back: sh`ip link show dev kube-ipvs0 >/dev/null 2>&1 || ip link add kube-ipvs0 type dummy || exit 1
while read -r a; do ip address replace "$a" dev kube-ipvs0 || exit 1; done`,
  },
};

const scripts: Readonly<Record<Table, Script>> = {
  'ip kube-proxy': sh`ip kube-proxy`,
  'ip6 kube-proxy': sh`ip6 kube-proxy`,
};

const tableGone = (table: Script): Wants['cleanup'] => ({
  find: sh`nft list table ${raw(table)} 2>/dev/null | head -n 3; true`,
  remove: sh`nft delete table ${raw(table)}`,
  risk: 'none',
  undo: { keep: sh`nft list table ${raw(table)} 2>/dev/null; true`, back: sh`nft -f -` },
});

function findings(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const mode = modeOf(chart, host, evidence);
  const network = evidence.read(host.network);
  const rules = evidence.read(host.firewall);
  if (mode === undefined || !network || !rules) return [];
  const addresses = network.addresses
    .filter(one => one.link === link && !one.address.startsWith('fe80'))
    .map(one => one.address);
  const tables = (['ip kube-proxy', 'ip6 kube-proxy'] as const).filter(one => rules.foreign.includes(`table ${one} {`));
  const chains = [...`${rules.nft}\n${rules.legacy}`.matchAll(/^-A (PREROUTING|OUTPUT) .*-j KUBE-SERVICES$/gm)].map(
    ([, chain = '']) => chain,
  );
  const at = { host: host.name, subject: { mode } };
  return [
    ...(mode !== 'ipvs' && addresses.length > 0
      ? [
          {
            variant: 'ipvs-link' as const,
            ...at,
            facts: { mode, addresses },
          },
        ]
      : []),
    ...(mode !== 'nftables' && tables.length > 0
      ? [
          {
            variant: 'nft-table' as const,
            ...at,
            facts: { mode, tables },
          },
        ]
      : []),
    ...(mode === 'nftables' && chains.length > 0
      ? [
          {
            variant: 'iptables-chains' as const,
            ...at,
            facts: { mode, chains: [...new Set(chains)], jumps: chains },
          },
        ]
      : []),
  ];
}
