import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kept, type Place, textFile } from '../../../therapies/files.js';
import { command } from '../../../therapies/leftover.js';
import { editText } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { serviceSilent } from '../../../symptoms.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { sh } from '../../../../shell/sh.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

const forward = 'net.ipv4.ip_forward';
const bridged = 'net.bridge.bridge-nf-call-iptables';
type Key = typeof forward | typeof bridged;

/** Both settings as they are now; absent where the kernel has none. */
type Live = { readonly [forward]?: string; readonly [bridged]?: string };

type Facts = {
  'ip-forward': Live;
  'bridge-nf': Live;
  'module-missing': Live;
  'overridden-at-boot': { readonly key: Key; readonly path: string; readonly line: string };
};

export default defineCase<Facts>({
  id: 'bridge-nf-ipforward',
  precedence: 280,
  title: 'The kernel does not forward pods’ packets, or keeps bridged ones from iptables',
  variants: {
    'ip-forward': {
      means: 'the host does not forward',
      says: ({ host, facts }) =>
        `pods of ${host} reach others only through its kernel, and ${forward} is ${facts[forward] ?? 'not there'}`,
      shows: proof,
    },
    'bridge-nf': {
      means: 'packets between pods of one bridge pass iptables by',
      says: ({ host, facts }) =>
        `the pods of ${host} hang on a bridge, and ${bridged} is ${facts[bridged]}: answers from a Service’s ` +
        'pod next door come back unchanged, and are refused',
      shows: proof,
    },
    'module-missing': {
      means: 'br_netfilter is not loaded: packets between pods of one bridge pass iptables by',
      says: ({ host }) =>
        `the pods of ${host} hang on a bridge, and ${bridged} is not there: br_netfilter is not loaded`,
      shows: proof,
    },
    'overridden-at-boot': {
      means: 'it is right now, and the file that systemd reads last turns it off at the next boot',
      says: ({ host, facts: { key, path, line } }) =>
        `${key} is 1 on ${host} now, and ${path}, which is read last, says “${line.trim()}”: ` +
        `it is off after the next boot`,
      shows: ({ facts }) => [quoted('files', facts.path, facts.line)],
    },
  },
  told: [['ip-forward'], ['ip-forward', 'pods'], ['ip-forward', 'pods', 'unreachable']],
  symptoms: [
    { text: /FileContent--proc-sys-net-(bridge-bridge-nf-call-iptables|ipv4-ip_forward)/ },
    { text: /bridge-nf-call-iptables (does not exist|contents are not set to 1)/ },
    {
      text: pattern(
        /cannot stat \/proc\/sys\/net\/bridge|missing br.netfilter module/,
        /|br(?:idge)?-nf-call-ip6?tables is disabled/,
      ),
    },
    { text: /ip_forward contents are not set to 1/ },
    { text: /\b(?:bridge-nf-call-ip6?tables|ip_forward) ?= ?0\b/ },
    { text: /\/proc\/sys\/net\/bridge\/bridge-nf-call-ip6?tables.{0,20}(?:no such file|not exist)/i },
    { text: serviceSilent },
  ],
  explains: ['pod-traffic-dropped', 'cluster-dns-missing', 'probe-misses-its-target', 'data-path'],
  lab: true,
  sources: [
    'kubernetes/kubeadm#312',
    'kubernetes/kubeadm#1062',
    'kubernetes/kubernetes#123464',
    'kubernetes/kubeadm#3025',
  ],
  badCures: [
    {
      cure: 'sysctl -w, and nothing else',
      why: 'it is gone after the next boot: a module and two lines in files keep it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const because = 'the kernel forwards and filters what pods send';
    const place = { host: finding.host, because, stage: 'nodes' as const };
    const key = keyOf(finding);
    const module = finding.variant === 'module-missing' ? moduleLoaded(place) : [];
    const own = restoreAt(chart, finding.host, key, '/etc/sysctl.d/99-kubewizard.conf');
    const last =
      host && finding.variant === 'overridden-at-boot'
        ? editText(host, finding.facts.path, text => text.replace(lineOf(key), `${key} = 1`), because)
        : undefined;
    const live = (own.length > 0 ? own : kept(key, '1', place)).map(one => ({
      ...one,
      after: [...one.after, ...module.map(idOf)],
    }));
    return {
      title: `Set ${key} on ${finding.host}, now and at boot`,
      risk: 'none',
      want: [...module, ...live, ...(last ? [last] : [])],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: `sysctl ${forward} ${bridged}; lsmod | grep br_netfilter`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'both are 1',
    },
    {
      host: finding.host,
      command: 'systemd-analyze cat-config sysctl.d | grep -E "ip_forward|bridge-nf"',
      answer: 'the last line wins',
      healthy: 'the last line of each says 1',
    },
  ],
});

type Finding = FoundOf<Facts>;

const keyOf = (finding: Finding): Key =>
  finding.variant === 'overridden-at-boot' ? finding.facts.key : finding.variant === 'ip-forward' ? forward : bridged;

const moduleLoaded = (place: Place): readonly Resource[] => [
  textFile('/etc/modules-load.d/br_netfilter.conf', 'br_netfilter\n', 0o644, place),
  command(
    'br_netfilter',
    {
      unless: sh`[ -e /proc/sys/net/bridge ] || echo "br_netfilter is not loaded"`,
      run: sh`modprobe br_netfilter`,
      risk: 'none',
      undo: {
        keep: sh`[ -e /proc/sys/net/bridge ] && echo loaded; true`,
        back: sh`read -r was || modprobe -r br_netfilter`,
      },
    },
    place,
  ),
];

const lineOf = (key: Key): RegExp => new RegExp(`^[ \\t-]*${key.replaceAll('.', '[./]')}[ \\t]*=.*$`, 'gm');

function finding(host: HostChart, evidence: EvidenceReader): readonly Finding[] {
  evidence.read(host.files);
  const live = evidence.read(host.sysctls);
  if (!live) return [];
  const [value, other] = [live[forward], live[bridged]];
  const facts: Live = {
    ...(value !== undefined && { [forward]: value }),
    ...(other !== undefined && { [bridged]: other }),
  };
  const forwarding: readonly Finding[] =
    value === '1'
      ? boot(host, forward)
      : [{ variant: 'ip-forward', subject: { key: forward }, facts, host: host.name }];
  const bridge = cniConfigs(host)[0]?.types.some(type => type === 'bridge' || type === 'flannel') === true;
  return bridge ? [...forwarding, ...filtering(host, facts)] : forwarding;
}

const filtering = (host: HostChart, facts: Live): readonly Finding[] =>
  facts[bridged] === undefined
    ? [{ variant: 'module-missing', subject: { module: 'br_netfilter' }, facts, host: host.name }]
    : facts[bridged] === '1'
      ? boot(host, bridged)
      : [{ variant: 'bridge-nf', subject: { key: bridged }, facts, host: host.name }];

/**
 * systemd-sysctl reads the files of all folders in the order of their names; one of the same name in /etc hides the
 * other. /etc/sysctl.conf has no say unless it is linked as 99-sysctl.conf.
 */
function boot(host: HostChart, key: Key): readonly Finding[] {
  const byName = new Map(
    ('value' in host.files ? host.files.value : [])
      .filter(file => /^\/(usr\/lib|run|etc)\/sysctl\.d\/[^/]+\.conf$/.test(file.path))
      .sort((a, b) => (a.path.startsWith('/etc') ? 1 : 0) - (b.path.startsWith('/etc') ? 1 : 0))
      .map(file => [file.path.split('/').at(-1) ?? '', file] as const),
  );
  const last = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, file]) => file)
    .findLast(file => lineOf(key).test(file.text ?? ''));
  const line = last?.text?.match(lineOf(key))?.at(-1);
  if (!last || line === undefined || !/=\s*0\s*$/.test(line)) return [];
  return [
    {
      variant: 'overridden-at-boot',
      host: host.name,
      subject: { key, path: last.path },
      facts: { key, path: last.path, line },
    },
  ];
}

function proof({ facts }: Found<Live>): readonly Quote[] {
  const text = (key: Key): string => `${key} = ${facts[key] ?? '(not there)'}`;
  return [quoted('sysctls', '/proc/sys', `${text(forward)}, ${text(bridged)}`)];
}
