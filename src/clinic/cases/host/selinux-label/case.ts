import { pattern } from '../../../../model/pattern.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { command } from '../../../therapies/leftover.js';
import type { Wants } from '../../../../resources/wants.js';
import { sh } from '../../../../shell/sh.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

interface Labelled {
  readonly path: string;
  /** `user_home_t`: the type within the context, which decides. */
  readonly type: string;
  /** The whole context. */
  readonly label: string;
}

type Facts = {
  readonly program: Labelled;
  readonly folder: Labelled;
};

export default defineCase<Facts>({
  id: 'selinux-label',
  precedence: 97,
  title: 'SELinux keeps programs or folders of the cluster out, for the label that they carry',
  variants: {
    program: {
      means: 'a program of the cluster carries the label of a file in somebody’s home, and systemd may not start it',
      says: ({ host, facts: { path, type } }) =>
        `SELinux is enforcing on ${host}, and ${path} is labelled ${type}, as a file of somebody’s home: systemd may ` +
        'not start it',
      shows: proof,
    },
    folder: {
      means: 'a folder of the cluster has no label, and containers and components may not read it',
      says: ({ host, facts: { path, type } }) =>
        `SELinux is enforcing on ${host}, and ${path} is labelled ${type}: containers are denied what lies there`,
      shows: proof,
    },
  },
  about: [{ who: 'kernel', how: 'not-readable' }],
  told: [['selinux']],
  symptoms: [
    { text: /avc: {1,4}denied {1,4}\{[^}]{0,80}\}.{0,200}(?:kubelet|containerd|etcd|coredns|container_t|runc)/ },
    // Whoever is kept out, one of the two labels is of a container, or the program makes them.
    {
      text: pattern(
        /avc: {1,4}denied {1,4}\{[^}]{0,80}\}.{0,400}/,
        /(?:context=\w+:\w+:(?:container|svirt|spc|kubernetes|docker|crio|k3s)_?\w*_t\b|comm="(?:dockerd|crio|k3s)")/,
      ),
    },
    { text: /\((?:kubelet|containerd|etcd)\)\[\d+\]: .{0,80}Permission denied|status=203\/EXEC/ },
    { text: /SELinux is preventing \S+ from \w+ access|sealert -l/ },
    { text: /open \/etc\/coredns\/Corefile: permission denied/ },
    { text: /\b(?:restorecon|user_home_t|unlabeled_t|default_t)\b/ },
  ],
  explains: ['kubelet-waiting', 'cri-disabled', 'cluster-dns-missing', 'node-not-ready-cni'],
  lab: false,
  sources: ['poseidon/typhoon#1142', 'https://selinuxproject.org/page/NB_RefPolicy', 'kubernetes/kubeadm#107'],
  badCures: [
    {
      cure: 'setenforce 0, or SELINUX=disabled',
      why: 'it opens every process of the host for the sake of one label, and on the way back all files lack theirs',
      text: /setenforce 0|SELINUX=(?:disabled|permissive)/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, evidence)));
  },

  therapy: ({ host, facts: { path } }) =>
    known.has(path)
      ? {
          title: `Give ${path} on ${host} the label that the policy has for it`,
          risk: 'none',
          want: [
            command(`label of ${path}`, labelledAgain(path), {
              host,
              because: 'SELinux lets it be used',
              stage: 'host',
            }),
          ],
        }
      : { refused: 'it is no path of the cluster that kw knows', advice: ['restorecon -RvF PATH, after a look at it'] },

  verify: ({ host, facts: { path, type } }) => [
    {
      host,
      command: sh`getenforce; ls -dZ ${path}; matchpathcon ${path}; ausearch -m avc -ts recent | tail -n 5`,
      answer: type,
      healthy: 'the label that matchpathcon says, and no denial since',
    },
  ],
});

const folders = [
  '/var/lib/kubelet',
  '/var/lib/containerd',
  '/var/lib/etcd',
  '/etc/kubernetes/pki',
  '/etc/kubernetes/manifests',
];
const programs = ['/usr/bin', '/usr/local/bin'].flatMap(at =>
  ['kubelet', 'containerd', 'runc', 'etcd', 'crio'].map(program => `${at}/${program}`),
);
const known: ReadonlySet<string> = new Set([...programs, ...folders]);

/** What was moved, not copied, keeps the label of where it came from; what was written without SELinux has none. */
const ofHomes = /^(?:user_home_t|admin_home_t|user_tmp_t|tmp_t|unlabeled_t)$/;
const none = /^(?:unlabeled_t|default_t|user_home_t|admin_home_t|user_tmp_t)$/;

/** The folder itself and what lies in it; labels that somebody set on purpose in it are the policy’s to know. */
const labelledAgain = (path: string): Wants['command'] => ({
  unless: sh`command -v restorecon >/dev/null || { echo 'restorecon is not installed'; exit 0; }
restorecon -Rnv ${path} 2>&1 | head -n 5`,
  run: sh`restorecon -R ${path}`,
  risk: 'none',
  undo: { cannot: 'the labels that were there are what kept it out' },
});

function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const kernel = evidence.read(host.kernel);
  if (kernel?.selinux !== 'enforcing') return [];
  return Object.entries(kernel.labels).flatMap(([path, label]) => {
    const type = label.split(':')[2] ?? '';
    const variant = programs.includes(path) ? 'program' : folders.includes(path) ? 'folder' : undefined;
    return variant && (variant === 'program' ? ofHomes : none).test(type)
      ? [
          {
            variant,
            host: host.name,
            subject: { path },
            facts: { path, type, label },
          },
        ]
      : [];
  });
}

function proof({ facts }: Found<Facts['program' | 'folder']>): readonly Quote[] {
  return [quoted('kernel', `ls -Z ${facts.path}`, facts.label)];
}
