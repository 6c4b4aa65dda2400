import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { manifestFolder, type StaticPod, staticPods } from '../../../read/manifests.js';
import { noFile } from '../../../therapies/files.js';
import { apiRefused } from '../../../symptoms.js';
import { absolutePath } from '../../../../model/path.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/**
 * The pod by its namespace and name; `manifest` and `copy`: paths; `written`: of both, when, and the pod's name there.
 */
type Doubled = Readonly<Record<'namespace' | 'pod' | 'manifest' | 'copy', string>> & {
  readonly written: readonly { readonly path: string; readonly pod: string; readonly at: string }[];
};

type Facts = { readonly 'same-pod': Doubled; readonly 'backup-wins': Doubled };

export default defineCase<Facts>({
  id: 'manifest-backup-file',
  precedence: 400,
  title: 'A copy of a manifest among the manifests',
  variants: {
    'same-pod': {
      means: 'two files in the kubelet’s folder describe the same static pod',
      says: ({ host, facts }) => `${doubleText(host, facts)}, and the kubelet reads both`,
      shows: proof,
    },
    'backup-wins': {
      means: 'and the arguments that run are the copy’s, not the manifest’s',
      says: ({ host, facts }) => `${doubleText(host, facts)}, and what runs has the arguments of the latter`,
      shows: proof,
    },
  },
  told: [['manifest', 'copy-of-file', 'stays-old']],
  symptoms: [
    {
      text: /Failed creating a mirror pod for .{1,120} already exists/,
      benign: 'once, after the kubelet was restarted',
    },
    { text: /\/manifests\/[\w.-]{1,80}?\.(?:ya?ml|json|manifest)(?:~|[._-]\w[\w-]{0,40})/ },
    {
      text: /\b(?:etcd|kube-(?:apiserver|controller-manager|scheduler))\.(?:ya?ml|json|manifest)(?:~|\.\w[\w-]{0,40})/,
      benign: 'in a folder that no kubelet reads',
    },
    { text: /pods? with the same name|Multiple pods with the same full name/i },
    { text: /failed to (listen on|create listener).{0,120}address already in use/ },
    { text: apiRefused },
  ],
  explains: ['not-highly-available', 'waiting-for-leader-lease', 'probe-misses-its-target'],
  lab: true,
  sources: [
    'kubernetes/kubeadm#2823',
    'kubernetes/kubernetes#55596',
    'kubernetes/website#45758',
    'kubernetes/website#54859',
  ],
  badCures: [
    {
      cure: 'editing the manifest once more, or restarting the kubelet',
      why: 'both files are still read, and which one wins is chance',
    },
    {
      cure: 'renaming the copy to *.bak',
      why: 'the kubelet reads every file that does not begin with a dot, whatever its name ends in',
      text: /(cp|mv) .{0,80}\/etc\/kubernetes\/manifests\/\S+\.(bak|old|orig|backup|save)/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => doubles(host, evidence)));
  },

  therapy: ({ host, facts }) => {
    const copy = absolutePath(facts.copy);
    const because = 'the kubelet starts whatever lies in that folder; a copy is kept in /var/lib/kubewizard/removed';
    return copy === undefined
      ? {
          refused: 'the copy’s name is not a path that may be acted upon',
          advice: ['look at the names: ls -lb in the kubelet’s folder of manifests', 'move the copy out of it by hand'],
        }
      : {
          title: `Move ${copy} on ${host} out of the kubelet’s folder`,
          risk: 'restart',
          want: [noFile(copy, { host, because })],
        };
  },

  verify: ({ host, variant, facts }) => [
    {
      host,
      command: `grep -H '^  name:' ${manifestFolder}/*`,
      answer: [facts.manifest, facts.copy].map(path => `${path}:  name: ${facts.pod}`).join('\n'),
      healthy: 'one file for each name',
    },
    {
      host,
      command: 'ps -eo args | grep kube-',
      answer: variant === 'backup-wins' ? 'the arguments of the copy' : 'the arguments of one of them',
      healthy: 'the arguments that stand in the manifest',
    },
  ],
});

const doubleText = (host: string, { namespace, pod, manifest, copy }: Doubled): string =>
  `${manifest} and ${copy} on ${host} both describe the static pod ${namespace}/${pod}`;

const doubles = (host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  if (evidence.read(host.files) === undefined) return [];
  evidence.read(host.processes);
  const folder: unknown = kubeletOf(host).value('staticPodPath', 'pod-manifest-path');
  const by = new Map<string, StaticPod[]>();
  for (const pod of staticPods(
    host,
    typeof folder === 'string' && folder !== '' ? folder.replace(/\/+$/, '') : manifestFolder,
  )) {
    if (pod.problem !== undefined || pod.name === '') continue;
    const name = `${pod.namespace}/${pod.name}`;
    by.set(name, [...(by.get(name) ?? []), pod]);
  }
  return [...by.values()].flatMap(pods => {
    const [true_, ...copies] = [...pods].sort(
      (a, b) => Number(isPlain(b)) - Number(isPlain(a)) || (a.path < b.path ? -1 : 1),
    );
    return true_ ? copies.map(copy => finding(host, true_, copy)) : [];
  });
};

/** `kube-apiserver.yaml` of the pod kube-apiserver; what else there is, is a copy. */
const isPlain = (pod: StaticPod): boolean =>
  new RegExp(`/${pod.name.replace(/[^\w-]/g, '.')}\\.(ya?ml|json)$`).test(pod.path);

const finding = (host: HostChart, manifest: StaticPod, copy: StaticPod): FoundOf<Facts> => {
  const running = 'value' in host.processes ? host.processes.value : [];
  const wins = copy.containers.some(container => {
    const [program, ...words] = [...container.command, ...container.args];
    const argv = running
      .find(one => one.program === program?.split('/').at(-1))
      ?.argv.slice(1)
      .join(' ');
    const other = manifest.containers.find(one => one.name === container.name);
    return (
      argv !== undefined &&
      argv === words.join(' ') &&
      other !== undefined &&
      [...other.command, ...other.args].slice(1).join(' ') !== argv
    );
  });
  return {
    variant: wins ? 'backup-wins' : 'same-pod',
    host: host.name,
    subject: { path: copy.path },
    facts: {
      namespace: copy.namespace,
      pod: copy.name,
      manifest: manifest.path,
      copy: copy.path,
      written: [manifest, copy].map(({ path, name, file }) => ({ path, pod: name, at: file.changedAt })),
    },
  };
};

function proof({ facts }: Found<Doubled>): readonly Quote[] {
  return facts.written.map(({ path, pod, at }) => quoted('files', path, `${pod}, written ${at}`));
}
