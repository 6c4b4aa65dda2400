import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { nodesOf } from '../../../read/hosts.js';
import { kept } from '../../../therapies/files.js';
import { editYaml, flagSet } from '../../../therapies/place.js';
import { restarted } from '../../../therapies/restart.js';
import { idOf } from '../../../../model/resource.js';
import { pattern } from '../../../../model/pattern.js';
import { quoted } from '../../../read/quote.js';

const [maximum, count] = ['net.netfilter.nf_conntrack_max', 'net.netfilter.nf_conntrack_count'] as const;

type Facts = {
  /** Connections that are tracked, of as many as may be. */
  readonly full: { readonly tracked: number; readonly most: number };
  /** `line`: kube-proxy's last word about it. */
  readonly denied: { readonly line: string };
};

export default defineCase<Facts>({
  id: 'conntrack-full',
  precedence: 482,
  title: 'The host can track no more connections: new ones are dropped',
  variants: {
    full: {
      means: 'the table of connections is full',
      says: ({ host, facts }) =>
        `${host} tracks ${facts.tracked} connections, and ${maximum} is ${facts.most}: packets of new ones are dropped`,
      shows: ({ facts }) => [quoted('sysctls', '/proc/sys/net/netfilter', `${facts.tracked} of ${facts.most}`)],
    },
    denied: {
      means: 'kube-proxy may not set the size of the table, and ends for it',
      says: ({ host, facts }) => `kube-proxy on ${host} may not set ${maximum}, and does not run: ${facts.line}`,
      shows: ({ facts }) => [
        quoted('logs', 'log of kube-proxy', facts.line),
        quoted('processes', 'kube-proxy', 'does not run'),
      ],
    },
  },
  about: [{ who: 'kernel', how: 'limit' }],
  told: [['conntrack', 'full']],
  symptoms: [
    { text: /(?:nf|ip)_conntrack: (?:nf_conntrack: )?table full, dropping packet/ },
    { text: /\bnf_conntrack_max\b.{0,80}\b(?:dropp|full|reach|exceed)/ },
    { text: /open \/proc\/sys\/net\/netfilter\/nf_conntrack_max: permission denied/ },
    {
      text: pattern(
        /nf_conntrack(?:_max|\/parameters\/hashsize)\S{0,4} /,
        /(?:permission denied|read-only file system|operation not supported)/,
      ),
    },
  ],
  explains: ['data-path', 'not-highly-available/ill-backend-served', 'probe-misses-its-target'],
  byItself: true,
  lab: false,
  spare: ['files'], // how kube-proxy is started, for the therapy
  sources: ['kubernetes/kubernetes#45976', 'kubernetes-sigs/kind#2240', 'kernel.org, nf_conntrack-sysctl'],
  badCures: [
    {
      cure: 'conntrack -F',
      why: 'every connection of a Service loses its way: it forgets the living ones too, and is full again soon',
      text: /conntrack -F\b/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => [...full(host, evidence), ...denied(host, evidence)]));
  },

  therapy(finding, chart) {
    const place = { host: finding.host, because: 'connections are tracked again', stage: 'host' as const };
    if (finding.variant === 'full') {
      const most = String(Math.min(finding.facts.most * 4, 4_194_304));
      return { title: `Let ${finding.host} track ${most} connections`, risk: 'none', want: kept(maximum, most, place) };
    }
    const host = chart.hosts.get(finding.host);
    const want = host ? leftAlone(host) : [];
    return want.length > 0
      ? { title: `Have kube-proxy on ${finding.host} leave the size of the table as it is`, risk: 'restart', want }
      : {
          refused: 'where kube-proxy gets its settings from was not seen on this host',
          advice: [
            'kubectl -n kube-system edit configmap kube-proxy: conntrack: { maxPerCore: 0, min: 0 }',
            'kubectl -n kube-system rollout restart daemonset kube-proxy',
          ],
        };
  },

  verify: finding => [
    finding.variant === 'full'
      ? {
          host: finding.host,
          command: `sysctl ${count} ${maximum}; dmesg | grep nf_conntrack | tail -n 3`,
          answer: finding.shows[0]?.text ?? '',
          healthy: 'far fewer than the maximum, and no line of the last minutes',
        }
      : {
          host: finding.host,
          command: 'journalctl -u kube-proxy -n 20, or kubectl -n kube-system logs of its pod',
          answer: finding.facts.line,
          healthy: 'no such line since the last start',
        },
  ],
});

function full(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const settings = evidence.read(host.sysctls);
  const [tracked, most] = [Number(settings?.[count]), Number(settings?.[maximum])];
  // Not a number where the module is not loaded: nothing is tracked then. 0 is no limit.
  return most > 0 && tracked >= most * 0.95
    ? [
        {
          variant: 'full',
          host: host.name,
          subject: { setting: maximum },
          facts: { tracked, most },
        },
      ]
    : [];
}

const refused = /nf_conntrack_max"?: (?:permission denied|read-only file system)/;

/** Only while none runs: one that has run on since was not ended by it. */
function denied(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const runs = evidence.process(host, 'kube-proxy');
  const line = evidence
    .read(host.logs)
    ?.['kube-proxy']?.findLast(one => refused.test(one))
    ?.slice(0, 300);
  return runs === null && line !== undefined
    ? [
        {
          variant: 'denied',
          host: host.name,
          subject: { setting: maximum },
          facts: { line },
        },
      ]
    : [];
}

/** The size left alone, where kube-proxy is started: its configuration, or else its flags. */
const leftAlone = (host: HostChart) => {
  const because = 'kube-proxy leaves the kernel’s limit alone';
  const flags = flagsOf(host, 'kube-proxy').inForce;
  const path = flags?.get('config');
  if (path === undefined)
    return flagSet(host, 'kube-proxy', { 'conntrack-max-per-core': '0', 'conntrack-min': '0' }, because);
  const file = editYaml(
    host,
    path,
    doc => {
      doc.setIn(['conntrack', 'maxPerCore'], 0);
      doc.setIn(['conntrack', 'min'], 0);
    },
    because,
  );
  return file ? [file, restarted(host, 'kube-proxy', [path], because, [idOf(file)])] : [];
};
