import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { at, listAt } from '../../../read/yaml.js';
import { kept, textFile } from '../../../therapies/files.js';
import { command } from '../../../therapies/leftover.js';
import type { Wants } from '../../../../resources/wants.js';
import { sh } from '../../../../shell/sh.js';
import { quoted } from '../../../read/quote.js';

const all = 'net.ipv4.conf.all.rp_filter';

type Facts = {
  /** Links of pods on which the kernel drops what comes in by another way than it would answer. */
  readonly strict: { readonly links: readonly string[]; readonly general: number };
  /** `pod`: the one of Calico that does not get ready for it. */
  readonly loose: { readonly pod: string };
};

export default defineCase<Facts>({
  id: 'rp-filter',
  precedence: 228,
  title: 'The kernel’s reverse path filter drops packets of pods',
  variants: {
    strict: {
      means: 'rp_filter is strict on links of Cilium, where packets come in and go out by different links',
      says: ({ host, facts: { links } }) =>
        `rp_filter is strict (1) on ${links.length} links of Cilium on ${host} (${links.slice(0, 3).join(', ')}): ` +
        'the kernel drops what pods send and what is sent to them',
      shows: ({ facts }) => [
        quoted(
          'sysctls',
          '/proc/sys/net/ipv4/conf',
          `all ${facts.general}; strict on ${facts.links.slice(0, 20).join(', ')}`,
        ),
      ],
    },
    loose: {
      means: 'rp_filter is loose, and Calico refuses to start with that',
      says: ({ host, facts: { pod } }) =>
        `${all} on ${host} is loose (2), with which Calico’s felix does not start, and ${pod} is not ready`,
      shows: () => [quoted('sysctls', all, '2')],
    },
  },
  about: [{ who: 'kernel', how: 'martian' }],
  told: [['rp-filter'], ['rp-filter', 'pods']],
  symptoms: [
    { text: /Kernel's RPF check is set to 'loose'|IgnoreLooseRPF/ },
    {
      text: /martian source \S+ from \S+, on dev (?:lxc|cilium|cali|veth)/,
      benign: 'a few of them, on the link of a host alone: somebody sends with a wrong address',
    },
    { text: /\brp_filter\b/ },
  ],
  explains: ['data-path', 'probe-misses-its-target', 'cluster-dns-missing'],
  lab: false,
  spare: ['pods'], // asked only where Calico meets a loose filter
  sources: ['cilium/cilium#10645', 'cilium/cilium#20072', 'projectcalico/calico, felix: IgnoreLooseRPF', 'RFC 3704'],
  badCures: [
    {
      cure: 'rp_filter = 0 on every link of the host',
      why: 'the host then takes packets with any source address from outside too; the links of the pods are enough',
      text: /rp_filter ?= ?0.{0,40}(?:all|default)|conf\.(?:all|default)\.rp_filter ?= ?0/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(chart, host, evidence)));
  },

  therapy({ variant, host }) {
    const place = { host, because: 'the kernel lets packets of pods through', stage: 'nodes' as const };
    return variant === 'loose'
      ? { title: `Make rp_filter of ${host} strict, as Calico asks for it`, risk: 'none', want: kept(all, '1', place) }
      : {
          title: `Switch rp_filter off on the links of Cilium on ${host}`,
          risk: 'none',
          want: [textFile(file, text, 0o644, place), command('rp_filter of Cilium', offNow, place)],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'grep -H . /proc/sys/net/ipv4/conf/*/rp_filter; nstat -az TcpExtIPReversePathFilter',
      answer: finding.shows[0]?.text ?? '',
      healthy:
        finding.variant === 'loose'
          ? 'all: 0 or 1'
          : 'the larger one of all and of each lxc… and cilium_… is 0 or 2; the counter stands still',
    },
  ],
});

/** Behind those of the distribution, whose 50-default.conf sets it for every link that comes. */
const file = '/etc/sysctl.d/99-zzz-kubewizard-rp-filter.conf';
const text = ['all', 'lxc*', 'cilium_*']
  .map(link => `-net.ipv4.conf.${link}.rp_filter = ${link === 'all' ? 2 : 0}\n`)
  .join('');

/** For all it is loose, which still refuses sources to which no route leads: the larger of both values holds. */
const offNow: Wants['command'] = {
  unless: sh`[ "$(cat /proc/sys/net/ipv4/conf/all/rp_filter)" != 1 ] || echo 'all is strict'
for f in /proc/sys/net/ipv4/conf/lxc*/rp_filter /proc/sys/net/ipv4/conf/cilium_*/rp_filter; do
  [ ! -e "$f" ] || ! grep -qx 1 "$f" || echo "$f"; done | head -n 5`,
  run: sh`echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter || exit 1
for f in /proc/sys/net/ipv4/conf/lxc*/rp_filter /proc/sys/net/ipv4/conf/cilium_*/rp_filter; do
  [ ! -e "$f" ] || echo 0 >"$f"; done`,
  risk: 'none',
  undo: {
    keep: sh`cat /proc/sys/net/ipv4/conf/all/rp_filter`,
    back: sh`read -r was && echo "$was" >/proc/sys/net/ipv4/conf/all/rp_filter`,
  },
};

function finding(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  evidence.read(host.files);
  const settings = evidence.read(host.sysctls);
  const types = cniConfigs(host)[0]?.types ?? [];
  if (!settings) return [];
  if (types.includes('cilium-cni')) return strict(host, settings);
  return types.includes('calico') && settings[all] === '2' ? loose(chart, host, evidence) : [];
}

const links = /^net\.ipv4\.conf\.((?:lxc(?!_health)|cilium_)[^.]*)\.rp_filter$/;

/** The larger one of that of all links and of its own holds for a link (kernel.org, ip-sysctl). */
const strict = (host: HostChart, settings: Readonly<Record<string, string>>): readonly FoundOf<Facts>[] => {
  const general = Number(settings[all] ?? 0);
  const hit = Object.entries(settings).flatMap(([name, value]) => {
    const link = links.exec(name)?.[1];
    return link !== undefined && Math.max(general, Number(value)) === 1 ? [link.replaceAll('/', '.')] : [];
  });
  return hit.length === 0
    ? []
    : [
        {
          variant: 'strict',
          host: host.name,
          subject: { setting: 'rp_filter' },
          facts: { links: hit, general },
        },
      ];
};

const loose = (chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  evidence.read(host.identity);
  evidence.read(host.processes);
  const name = nodeNameOf(host);
  const pod = objectsSeen(evidence, chart, 'pods')?.find(
    one => one.metadata.name.startsWith('calico-node') && at(one, 'spec', 'nodeName') === name,
  );
  // Who was told to take it (FELIX_IGNORELOOSERPF) is ready.
  const ready = listAt(pod, 'status', 'conditions').some(
    one => at(one, 'type') === 'Ready' && at(one, 'status') === 'True',
  );
  return !pod || ready
    ? []
    : [
        {
          variant: 'loose',
          host: host.name,
          subject: { setting: 'rp_filter' },
          facts: { pod: pod.metadata.name },
        },
      ];
};
