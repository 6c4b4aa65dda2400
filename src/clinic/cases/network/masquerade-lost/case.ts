import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { FirewallSeen, HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { command } from '../../../therapies/leftover.js';
import { restoreAt } from '../../../therapies/restore.js';
import { type Cidr, parseIPv4Cidr } from '../../../../net/address.js';
import { idOf } from '../../../../model/resource.js';
import { pattern } from '../../../../model/pattern.js';
import { sh } from '../../../../shell/sh.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

type Facts = {
  /** `pods`: the network whose packets keep their address on the way out. */
  readonly ours: { readonly pods: Cidr };
  readonly flannel: { readonly pods: Cidr };
};

export default defineCase<Facts>({
  id: 'masquerade-lost',
  precedence: 232,
  title: 'Packets of pods leave the host with the pod’s own address, and nobody answers them',
  variants: {
    ours: {
      means: 'the rule by which packets of pods take the host’s address on their way out is gone',
      says: ({ host, facts: { pods } }) =>
        `on ${host} no rule gives packets from ${pods} to the outside the host’s address: what they ask for outside ` +
        'of the cluster answers to an address that only the cluster knows',
      shows: proof,
    },
    flannel: {
      means: 'flannel was told to masquerade, and its rules are gone',
      says: ({ host, facts: { pods } }) =>
        `flannel on ${host} is told to masquerade (FLANNEL_IPMASQ=true), but no rule does so for ${pods}: answers ` +
        'from outside of the cluster do not find back to the pods',
      shows: proof,
    },
  },
  about: [
    { who: 'pod', whom: 'internet', how: 'timed-out' },
    { who: 'dns', whom: 'dns', how: 'timed-out' },
  ],
  told: [
    ['masquerade', 'pods'],
    ['masquerade', 'internet'],
    ['pods', 'internet', 'unreachable'],
    ['firewall-reload', 'rules-flushed'],
  ],
  symptoms: [
    {
      text: pattern(
        /(?:ping|curl|apt|wget)\b.{0,120}(?:8\.8\.8\.8|1\.1\.1\.1|google\.com|deb\.debian\.org)/i,
        /.{0,80}(?:100% packet loss|timed? ?out)/i,
      ),
    },
    { text: /pods?\b.{0,60}\b(?:cannot|can't|can not|no)\b.{0,40}\b(?:internet|outside|external)/i },
    { text: /\bnot (?:SNATed|masqueraded|natted)\b|(?:iptables? )?rule to mas[qk]u?e?rade\b/i },
    { text: /\bMASQUERADE\b.{0,80}\b(?:missing|lost|gone|flushed|disappear)/i },
  ],
  explains: ['data-path', 'cluster-dns-missing'],
  lab: true,
  spare: ['files'], // flannel's own word, where it is there
  sources: [
    'flannel-io/flannel#1372',
    'https://kubernetes.io/docs/tasks/administer-cluster/ip-masq-agent/',
    'RFC 1918',
  ],
  badCures: [
    {
      cure: 'iptables -t nat -A POSTROUTING -j MASQUERADE',
      why: 'without the pod network in it every packet between pods takes the address of its host too: policies fail',
      text: /iptables -t nat -[AI] POSTROUTING(?: -o \S+)? -j MASQUERADE/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(chart, host, evidence)));
  },

  therapy({ host, variant, facts: { pods } }, chart) {
    const own = variant === 'ours' ? restoreAt(chart, host, ...parts) : [];
    if (own.length === 0)
      return {
        refused:
          variant === 'flannel'
            ? 'flannel’s rules are its own agent’s, which lays them when it starts, each version in its own words'
            : 'what the pod network of this host should be was not worked out',
        advice:
          variant === 'flannel'
            ? ['kubectl -n kube-flannel rollout restart daemonset kube-flannel-ds: a restart cuts no pod off']
            : ['kw plan; kw up'],
      };
    const place = {
      ...{ host, because: 'answers from outside find back to the pods', stage: 'nodes' as const },
      after: own.map(idOf),
    };
    const unless = sh`iptables -w -t nat -C POSTROUTING -s ${pods} ! -d ${pods} -j MASQUERADE \
-m comment --comment kubewizard 2>/dev/null || echo 'the rule is gone'`;
    return {
      title: `Have packets of pods leave ${host} with its address again`,
      risk: 'none',
      want: [
        ...own,
        command(
          'masquerade of pods',
          { unless, run: sh`systemctl restart kw-network.service`, risk: 'none', undo: 'needless' },
          place,
        ),
      ],
    };
  },

  verify: ({ host, facts: { pods } }) => [
    {
      host,
      command: sh`iptables -t nat -S POSTROUTING | grep MASQUERADE; nft list ruleset | grep -i masquerade`,
      answer: `none for ${pods}`,
      healthy: `-s ${pods} ! -d … -j MASQUERADE, or flannel’s chain FLANNEL-POSTRTG`,
    },
  ],
});

const parts = ['kw-network.service', 'kw-network-keeper.timer', '/etc/systemd/system/kw-network.service'];

function findings(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const rules = evidence.read(host.firewall);
  evidence.read(host.files);
  if (!rules) return [];
  const spec = chart.spec?.network;
  if (isOurs(chart) && spec && spec.provider !== 'none') {
    const pods = parseIPv4Cidr(spec.pods);
    return pods && !masquerades(rules, pods) ? [finding('ours', host, pods)] : [];
  }
  const told =
    'value' in host.files ? host.files.value.find(file => file.path === '/run/flannel/subnet.env')?.text : '';
  const pods = /^FLANNEL_IPMASQ=true$/m.test(told ?? '')
    ? parseIPv4Cidr(/^FLANNEL_NETWORK=(\S+)$/m.exec(told ?? '')?.[1] ?? '')
    : undefined;
  return pods && !masquerades(rules, pods) && !byItself(rules) ? [finding('flannel', host, pods)] : [];
}

const finding = (variant: 'ours' | 'flannel', host: HostChart, pods: Cidr): FoundOf<Facts> => ({
  variant,
  host: host.name,
  subject: { network: pods },
  facts: { pods },
});

/** By this network as source, or for any source: by the table nat alone, where such a target can stand. */
const masquerades = ({ nft, legacy, foreign }: FirewallSeen, pods: Cidr): boolean =>
  `${nft}\n${legacy}`
    .split('\n')
    .some(
      line =>
        /^-A \S+ /.test(line) &&
        / -j (?:MASQUERADE|SNAT)\b/.test(line) &&
        (line.includes(` -s ${pods} `) || /^-A POSTROUTING (?!.*-s )/.test(line)) &&
        !/0x4000\/0x4000/.test(line),
    ) || foreign.split('\n').some(line => /\b(?:masquerade|snat to)\b/.test(line) && line.includes(pods));

/** flannel from 0.25 on may lay its rules in a table of nft's own. */
const byItself = ({ nft, legacy, foreign }: FirewallSeen): boolean =>
  /^-A FLANNEL-POSTRTG .*-j MASQUERADE/m.test(`${nft}\n${legacy}`) || /^table ip flannel-ipv4 \{/m.test(foreign);

function proof({ facts }: Found<Facts['ours' | 'flannel']>): readonly Quote[] {
  return [quoted('firewall', 'nat POSTROUTING', `no MASQUERADE for ${facts.pods}`)];
}
