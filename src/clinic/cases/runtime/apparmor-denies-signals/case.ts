import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { at } from '../../../read/yaml.js';
import { quoted, quotedObject } from '../../../read/quote.js';

/** `profile`: the file of AppArmor that confines the runtime's helper; `stuck`: pods (`namespace/name`) that stay. */
type Facts = {
  readonly 'runc-confined': { readonly profile: string; readonly line: string; readonly stuck: readonly string[] };
};

const denied = /unable to signal init: permission denied|(?:signal|kill)ing container \S+: permission denied/;
const profiles = ['/etc/apparmor.d/runc', '/etc/apparmor.d/usr.sbin.runc', '/etc/apparmor.d/crun'];
const off = '/etc/apparmor.d/disable/';

export default defineCase<Facts>({
  id: 'apparmor-denies-signals',
  precedence: 487,
  title: 'AppArmor keeps runc from ending containers',
  variants: {
    'runc-confined': {
      means: 'the host has a profile for runc, and containers do not take signals from it',
      says: ({ host, facts: { profile, line, stuck } }) =>
        `${profile} confines runc on ${host}, and containers refuse its signals: ${line}` +
        `${stuck.length === 0 ? '' : `; ${stuck.slice(0, 3).join(', ')} cannot end`}`,
      shows: ({ facts }) => [
        quoted('logs', 'log of containerd', facts.line),
        quoted('files', facts.profile, 'is there, and is not switched off'),
        ...facts.stuck.slice(0, 1).map(name => quotedObject('pods', name, 'is to end, and its time is over')),
      ],
    },
  },
  told: [['apparmor'], ['apparmor', 'terminating']],
  symptoms: [
    { text: /signal(?:ing)? init(?: process)?(?: caused)?:? "?permission denied/ },
    { text: /apparmor="DENIED" operation="signal".{0,200}(?:runc|crun)\b/ },
    { text: /unknown error after kill: .{0,80}did not terminate successfully/ },
    {
      text: /\bTerminating\b(?<!\b(?:namespace|ns)\b.{0,60}Terminating)/,
      benign: 'for as long as a pod’s grace period lasts',
    },
  ],
  about: [{ doing: 'signal', how: 'not-readable' }],
  explains: [],
  lab: false,
  sources: ['containerd/containerd#10123', 'moby/moby#47749', 'NVIDIA/nvidia-container-toolkit#796'],
  badCures: [
    {
      cure: 'kubectl delete pod --force --grace-period=0',
      why: 'the API forgets the pod, and its processes run on and hold their volumes and ports',
      text: /delete pod.{0,80}--force|--grace-period[= ]0/,
    },
    {
      cure: 'apparmor=0 on the kernel’s command line',
      why: 'it takes every other confinement of the host and of its containers away for one missing rule',
      text: /\bapparmor=0\b|systemctl (?:disable|mask|stop) .{0,20}apparmor/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(chart, host, evidence)));
  },

  therapy: ({ host, facts: { profile } }) => ({
    refused: 'to loosen the confinement of a host is its owner’s decision, and a newer runtime needs no loosening',
    advice: [
      `upgrade containerd on ${host} to one with the rule for runc (containerd#10123: 1.6, 1.7 of May 2024; 2.0), ` +
        'and start it again: new containers then take its signals',
      `until then: ln -s ${profile} ${off} && apparmor_parser -R ${profile} (the profile of runc alone goes)`,
      'pods that are stuck end by themselves once runc may signal them',
    ],
  }),

  verify: ({ host, facts: { line } }) => [
    {
      host,
      command:
        'journalctl -u containerd -n 200 --no-pager | grep signal; aa-status | grep -w runc; dmesg | grep DENIED',
      answer: line,
      healthy: 'no such line since containerd was started last, and no profile of runc, or a containerd that knows it',
    },
  ],
});

/** The newest line, and the profile as it lies there; a profile that was switched off is a link in its folder. */
function findings(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const [logs, files] = [evidence.read(host.logs), evidence.read(host.files)];
  const process = evidence.process(host, 'containerd');
  if (!logs || !files) return [];
  const line = [...(logs.containerd ?? []), ...(logs.kubelet ?? [])].findLast(one => denied.test(one))?.slice(0, 400);
  const has = (path: string): boolean => files.some(file => file.path === path);
  const profile = profiles.find(path => has(path) && !has(`${off}${path.split('/').at(-1)}`));
  if (line === undefined || profile === undefined || process === undefined) return [];
  const stuck = stuckOn(chart, host, evidence);
  return [
    {
      variant: 'runc-confined',
      host: host.name,
      subject: { profile },
      facts: { profile, line, stuck },
    },
  ];
}

const stuckOn = (chart: Chart, host: HostChart, evidence: EvidenceReader): readonly string[] =>
  (objectsSeen(evidence, chart, 'pods') ?? [])
    .filter(
      pod =>
        at(pod, 'spec', 'nodeName') === nodeNameOf(host) &&
        Date.parse(pod.metadata.deletionTimestamp ?? '') < Date.parse(chart.now) - 30_000,
    )
    .map(fullName);
