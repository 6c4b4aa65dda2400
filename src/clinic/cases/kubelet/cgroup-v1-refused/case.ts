import { minorOf } from '../../../../catalog/index.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { apiRefused, notReady } from '../../../symptoms.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** `kubelet`: its version; `told`: what its configuration at `path` sets. */
type Refused = {
  readonly kubelet: string;
  readonly cgroup: string;
  readonly path: string;
  readonly told?: boolean;
};

type Facts = Readonly<Record<'default' | 'configured', Refused>>;

export default defineCase<Facts>({
  id: 'cgroup-v1-refused',
  precedence: 470,
  title: 'The kubelet refuses to run on a host with cgroup v1',
  versions: '>=1.31',
  variants: {
    default: {
      means: 'from 1.35 on a kubelet refuses cgroup v1 unless told otherwise',
      says: ({ host, facts }) =>
        `kubelet ${facts.kubelet} on ${host} refuses cgroup v1, and the host has cgroup ${facts.cgroup}`,
      shows: proof,
    },
    configured: {
      means: 'failCgroupV1 is set, and the host has cgroup v1',
      says: ({ host, facts }) =>
        `kubelet ${facts.kubelet} on ${host} is told to refuse cgroup v1, and the host has cgroup ${facts.cgroup}`,
      shows: proof,
    },
  },
  told: [['cgroup-v1', 'kubelet']],
  symptoms: [
    { text: /kubelet is configured to not run on a host using cgroup v1/ },
    {
      text: /FailCgroupV1|cgroups? ?v1 support is (?:deprecated|unsupported)/i,
      benign: 'up to Kubernetes 1.34, whose kubelet still runs there',
    },
    { text: apiRefused },
    { text: notReady },
  ],
  explains: ['node-not-ready-cni', 'not-highly-available'],
  lab: false,
  sources: ['kubernetes/website#53082', 'kubernetes/kubernetes#134744', 'kubernetes/minikube#22315'],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence) ?? []));
  },
  therapy: () => ({
    refused: 'the host must boot with the unified hierarchy, and every container on it stops with that',
    advice: [
      'drain the node, boot with systemd.unified_cgroup_hierarchy=1 (or a newer distribution), let kubelet and ' +
        'runtime use the systemd driver',
      'for a while: failCgroupV1: false in the kubelet’s configuration; support of cgroup v1 ends',
    ],
  }),
  verify: finding => [
    {
      host: finding.host,
      command: 'stat -fc %T /sys/fs/cgroup; grep failCgroupV1 /var/lib/kubelet/config.yaml',
      answer: `tmpfs (that is cgroup v1)\n${finding.shows[1]?.text ?? ''}`,
      healthy: 'cgroup2fs',
    },
  ],
});

function finding(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  evidence.read(host.files);
  const cgroup = evidence.read(host.cgroup);
  const version = bare(evidence.read(host.versions)?.kubelet ?? '');
  const kubelet = kubeletOf(host);
  if (cgroup === undefined || cgroup === 'v2' || version === undefined || minorOf(version) < 31) return undefined;
  const setting: unknown = kubelet.value('failCgroupV1', 'fail-cgroupv1');
  const told = setting === undefined ? undefined : String(setting) === 'true';
  if (!(told ?? minorOf(version) >= 35)) return undefined;
  return {
    variant: told ? 'configured' : 'default',
    host: host.name,
    subject: { setting: 'failCgroupV1' },
    facts: { kubelet: version, cgroup, path: kubelet.path, ...(told !== undefined && { told }) },
  };
}

function proof({ facts: { cgroup, path, told } }: Found<Refused>): readonly Quote[] {
  return [quoted('cgroup', '/sys/fs/cgroup', cgroup), quoted('files', path, `failCgroupV1: ${told ?? '(not set)'}`)];
}
