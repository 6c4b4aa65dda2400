import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { leftover } from '../../../therapies/leftover.js';
import { pattern } from '../../../../model/pattern.js';
import { serviceSilent } from '../../../symptoms.js';
import { raw, sh } from '../../../../shell/sh.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

type BackEnd = 'nft' | 'legacy';

interface Own {
  /** The back end that the host's own iptables command writes. */
  readonly own: BackEnd;
  readonly version?: string;
  /** The cluster's rules in each: how many, and the first. */
  readonly rules: Readonly<Record<BackEnd, { readonly count: number; readonly first?: string }>>;
}

type Facts = {
  both: Own & { readonly stale: BackEnd };
  split: Own & { readonly proxyIn: BackEnd };
};

const writes = (host: string, { own, version }: Own): string =>
  `iptables of ${host} is ${version ?? 'of unknown version'} and writes ${own}`;

export default defineCase<Facts>({
  id: 'iptables-mixed',
  precedence: 370,
  title: 'Rules of the cluster stand in both back ends of iptables',
  variants: {
    both: {
      means: 'kube-proxy’s rules stand in both, and one of them is stale',
      says: ({ host, facts }) =>
        `the cluster’s rules on ${host} stand in nft and in legacy iptables; ${writes(host, facts)}`,
      shows: proof,
    },
    split: {
      means: 'kube-proxy’s rules stand in one back end, the pod network’s in the other',
      says: ({ host, facts }) =>
        `kube-proxy’s rules on ${host} stand in ${facts.proxyIn} iptables, those of the pod network in the ` +
        `other; ${writes(host, facts)}`,
      shows: proof,
    },
  },
  told: [['iptables-backends'], ['iptables-backends', 'services'], ['rules-flushed', 'old-cni']],
  symptoms: [
    {
      text: /iptables-legacy tables present|iptables-legacy(-save)? to see them/,
      benign: 'legacy tables may be there and empty',
    },
    // The same listing by both programs, or both words for them in one breath.
    {
      text: pattern(
        /\biptables(?:-nft)?(?:-save)? (?:-\w+ \w+ )?-[LS]\b.{0,2000}\biptables-legacy(?:-save)? (?:-\w+ \w+ )?-[LS]\b/,
        /|\biptables-legacy(?:-save)? (?:-\w+ \w+ )?-[LS]\b.{0,2000}\biptables-nft(?:-save)? (?:-\w+ \w+ )?-[LS]\b/,
      ),
    },
    {
      text: pattern(
        /\b(?:ip|x)tables-legacy\b.{0,300}\b(?:nf_tables|nft(?:ables)?|iptables-nft)\b/,
        /|\b(?:nf_tables|nft(?:ables)?|iptables-nft)\b.{0,300}\blegacy\b/,
      ),
    },
    // What came before both back ends knows only one of them.
    { text: /iptables v1\.[0-6]\.\d+: can't initialize ip6?tables table/, benign: 'where the kernel lacks the table' },
    { text: serviceSilent },
  ],
  explains: [
    'pod-traffic-dropped/docker',
    'pod-traffic-dropped/forward-policy',
    'pod-traffic-dropped/forward-rule',
    'probe-misses-its-target',
    'data-path',
  ],
  lab: true,
  sources: [
    'kubernetes/kubernetes#71305',
    'kubernetes/kubernetes#109811',
    'kubernetes/kubernetes#107965',
    'cloudnativelabs/kube-router#1069',
  ],
  badCures: [
    {
      cure: 'update-alternatives --set iptables …, and nothing else',
      why: 'the rules of the back end that is left stay in the kernel and go on being asked',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence) ?? []));
  },

  therapy(finding) {
    if (finding.variant === 'split')
      return {
        refused: 'both halves are in use: whoever writes into the wrong back end must be set to the other',
        advice: [
          'update-alternatives --display iptables on the host; the version in the image of kube-proxy or of ' +
            'the network provider',
          'set both to one back end, restart them, then flush the other',
        ],
      };
    const { stale } = finding.facts;
    const save = sh`iptables-${stale}-save 2>/dev/null | grep -e ${ours}`;
    const remove = sh`iptables-${stale}-save | grep -v -e ${ours} | iptables-${stale}-restore -w`;
    return {
      title: `Remove the cluster’s rules from ${stale} iptables of ${finding.host}`,
      risk: 'none',
      want: [
        leftover(
          `${stale} rules`,
          {
            find: sh`${raw(save)} | head -n 20; true`,
            remove,
            risk: 'none',
            undo: { keep: sh`iptables-${stale}-save`, back: sh`iptables-${stale}-restore -w` },
          },
          { host: finding.host, because: 'the cluster’s rules stand in one back end', stage: 'nodes' },
        ),
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'iptables-legacy-save | grep -c KUBE-; iptables-nft-save | grep -c KUBE-; iptables --version',
      answer: finding.shows.map(one => one.text).join('\n'),
      healthy: 'one of the two counts is 0',
    },
  ],
});

/** Of kube-proxy, kubelet and common networks. */
const ours = 'KUBE-\\|CNI-\\|cali-\\|FLANNEL';
/** Jumps into them, and rules in them: an empty chain (KUBE-IPTABLES-HINT, a canary) is none. */
const proxy = /^-A (\S+ .*-j KUBE-(SERVICES|NODEPORTS|FORWARD|PROXY-FIREWALL)\b|KUBE-(SERVICES|NODEPORTS|SVC-|SEP-))/m;
const network = /^-A (\S+ .*--comment (kubewizard|"?flanneld)\b|CNI-|cali-|FLANNEL|\S+ .*-j (CNI-|cali-|FLANNEL))/m;
const kubelet = /^-A (\S+ .*-j KUBE-|KUBE-)/m;

/** Of what iptables-save prints. */
const ofCluster = (saved: string): Own['rules'][BackEnd] => {
  const lines = saved.split('\n');
  const first = lines.find(line => proxy.test(line) || network.test(line));
  return {
    count: lines.filter(line => kubelet.test(line) || network.test(line)).length,
    ...(first !== undefined && { first }),
  };
};

function proof({ facts: { rules } }: Found<Own>): readonly Quote[] {
  return (['nft', 'legacy'] as const).map(end =>
    quoted(
      'firewall',
      `iptables-${end}-save`,
      `${rules[end].count} rules of the cluster; first: ${rules[end].first ?? 'none'}`,
    ),
  );
}

function finding(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  const rules = evidence.read(host.firewall);
  const versions = evidence.read(host.versions);
  if (!rules || !versions) return undefined;
  // Which of both the host's own iptables command writes: by that one kubelet, proxy and network are expected.
  const own = versions.iptables?.includes('legacy') || /^1\.[0-7]\./.test(versions.iptables ?? '') ? 'legacy' : 'nft';
  const other = own === 'nft' ? 'legacy' : 'nft';
  const how: Own = {
    own,
    ...(versions.iptables !== undefined && { version: versions.iptables }),
    rules: { nft: ofCluster(rules.nft), legacy: ofCluster(rules.legacy) },
  };
  if (proxy.test(rules[other]) && kubelet.test(rules[own]))
    return {
      variant: 'both',
      host: host.name,
      subject: { backEnd: other, of: 'iptables' },
      facts: { stale: other, ...how },
    };
  if (
    (proxy.test(rules.nft) && !proxy.test(rules.legacy) && !network.test(rules.nft) && network.test(rules.legacy)) ||
    (proxy.test(rules.legacy) && !proxy.test(rules.nft) && !network.test(rules.legacy) && network.test(rules.nft))
  )
    return {
      variant: 'split',
      host: host.name,
      subject: { of: 'iptables' },
      facts: { proxyIn: proxy.test(rules.nft) ? 'nft' : 'legacy', ...how },
    };
  return undefined;
}
