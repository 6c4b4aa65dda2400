import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart, KernelSeen } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { command } from '../../../therapies/leftover.js';
import { idOf } from '../../../../model/resource.js';
import { pattern } from '../../../../model/pattern.js';
import { sh } from '../../../../shell/sh.js';
import { type Complaint, complaintIn, isModule, type Module } from './complaints.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/**
 * `line`: the last words of `program`, which needs the module; `running`: the kernel that runs; `trees`: those whose
 * modules are there.
 */
type Lacking = {
  readonly program: string;
  readonly line: string;
  readonly module: Module;
  readonly running: string;
  readonly trees: readonly string[];
};

type Facts = {
  /** It is there to be loaded. */
  readonly 'not-loaded': Lacking;
  readonly 'of-another-kernel': Lacking;
  readonly 'not-there': Lacking;
};

export default defineCase<Facts>({
  id: 'kernel-module-missing',
  precedence: 222,
  title: 'A module of the kernel that the cluster needs is missing',
  variants: {
    'not-loaded': {
      means: 'the module is there and is not loaded',
      says: ({ host, facts: { program, line, module } }) =>
        `${program} on ${host} needs the module ${module}, which is there and is not loaded: ${line}`,
      shows: proof,
    },
    'of-another-kernel': {
      means: 'the kernel was updated and the host not restarted: modules of the one that runs are gone',
      says: ({ host, facts: { program, module, running, trees, line } }) =>
        `${program} on ${host} needs the module ${module}, but ${host} still runs kernel ${running}, and ` +
        `/lib/modules has only ${trees.slice(0, 3).join(', ')}: ${line}`,
      shows: proof,
    },
    'not-there': {
      means: 'the kernel that runs does not have the module at all',
      says: ({ host, facts: { program, module, running, line } }) =>
        `${program} on ${host} needs the module ${module}, which kernel ${running} does not have: ${line}`,
      shows: proof,
    },
  },
  about: [
    { who: 'kernel', how: 'not-found' },
    { who: 'kube-proxy', whom: 'kernel-file', how: 'not-found' },
  ],
  told: [['kernel-module', 'missing']],
  symptoms: [
    { text: /modprobe: (?:FATAL: Module|ERROR: could not insert) \S+/ },
    { text: /can't initialize ip6?tables table [`'"]?\w+'?: Table does not exist \(do you need to insmod\?\)/ },
    {
      text: pattern(
        /(?:open|write|stat) \/proc\/sys\/net\/(?:netfilter|ipv4\/vs)\/\S+: no such file/,
        /|Could not process rule: No such file or directory|CHAIN_ADD failed \(No such file/,
      ),
    },
    { text: /(?:IPVS service|Failed to sync service).{0,160}no such file or directory/i },
    { text: /\bipset\b.{0,40}(?:Kernel error received|Cannot open session to kernel)|\bip_set\b.{0,20}not found/i },
    { text: /overlayfs? .{0,80}(?:no such device|not supported)|failed to mount overlay: no such device/ },
    {
      text: pattern(
        /IPVS proxier.{0,120}(?:kernel modules|not available)|can't use the IPVS proxier/i,
        /|missing (?:the following )?(?:required )?kernel modules?|required kernel modules? \w+ not loaded/i,
      ),
    },
    { text: /(?:match|target) [`'"]?\w+'?.{0,20}(?:missing kernel module|No chain\/target\/match by that name)/ },
    { text: /Couldn't load (?:match|target) [`'"]?\w+/ },
    { text: /(?:vxlan|flannel)\b.{0,60}operation not supported/ },
    { text: /(?:register|creat)\w*(?: the)? (?:network|device|link)\b.{0,60}operation not supported/ },
  ],
  explains: [
    'bridge-nf-ipforward/module-missing',
    'cri-disabled',
    'node-not-ready-cni',
    'data-path',
    'cluster-dns-missing',
  ],
  lab: false,
  sources: [
    'kubernetes/kubeadm#1062',
    'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
    'flannel-io/flannel#1321',
    'modules-load.d(5)',
  ],
  badCures: [
    {
      cure: 'a downgrade of Kubernetes or of the pod network',
      why: 'the next program that asks for the module meets the same kernel',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence)));
  },

  therapy({ host, variant, facts }) {
    if (variant === 'of-another-kernel')
      return {
        refused: 'only a restart of the host brings the kernel whose modules are there',
        advice: [`kubectl drain ${host} --ignore-daemonsets; then restart the host, one at a time`],
      };
    if (variant === 'not-there')
      return {
        refused: 'a kernel is not changed from within a cluster',
        advice: [
          'install the package with the rest of the modules: linux-modules-extra-$(uname -r) on Ubuntu, ' +
            'kernel-modules-extra on RHEL and Fedora, linux-image-amd64 in place of a cloud image on Debian',
          'on boards and virtual servers with a provider’s kernel: choose the distribution’s own',
        ],
      };
    const { module, program } = facts;
    if (!isModule(module))
      return { refused: 'its name is not that of a module that kw knows', advice: ['modprobe it by hand'] };
    const place = { host, because: `${program} finds the module ${module}`, stage: 'host' as const };
    const kept = textFile(`/etc/modules-load.d/kubewizard-${module}.conf`, `${module}\n`, 0o644, place);
    const now = command(
      module,
      {
        unless: sh`[ -d ${`/sys/module/${module}`} ] || echo 'it is not loaded'`,
        run: sh`modprobe ${module}`,
        risk: 'none',
        undo: 'needless',
      },
      { ...place, after: [idOf(kept)] },
    );
    const again =
      program === 'kubelet' || program === 'containerd' || program === 'kube-proxy' ? [`${program}.service`] : [];
    return {
      title: `Load the module ${module} on ${host}, now and at boot`,
      risk: 'none',
      want: [
        kept,
        now,
        ...again.map(unit => freshUnit(unit, [kept.key], { ...place, stage: 'nodes', after: [idOf(now)] })),
      ],
    };
  },

  verify: ({ host, facts: { module, line } }) => [
    {
      host,
      command: sh`uname -r; ls /lib/modules; lsmod | grep -wF -- ${module}; modinfo -n ${module}`,
      answer: line,
      healthy: 'the kernel that runs is among the trees, and the module is loaded or built in',
    },
  ],
});

function finding(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const kernel = evidence.read(host.kernel);
  const logs = evidence.read(host.logs);
  const running = evidence.read(host.versions)?.kernel ?? '';
  if (!kernel || !logs) return [];
  const complaint = Object.entries(logs)
    .flatMap(([program, lines]) => complaintIn(program, lines) ?? [])
    .find(({ module }) => !kernel.loaded.includes(module));
  return complaint ? [found(host, kernel, running, complaint)] : [];
}

function proof({ facts: { program, line, module, running, trees } }: Found<Lacking>): readonly Quote[] {
  return [
    quoted('logs', `log of ${program}`, line),
    quoted('kernel', '/lib/modules', `${trees.join(', ') || 'nothing'}; ${module} is not loaded`),
    quoted('versions', 'uname -r', running),
  ];
}

function found(host: HostChart, kernel: KernelSeen, running: string, complaint: Complaint): FoundOf<Facts> {
  const { program, line, module } = complaint;
  const facts: Lacking = { program, line, module, running, trees: kernel.trees };
  const at = {
    host: host.name,
    subject: { module },
  };
  if (kernel.onDisk.includes(module)) return { variant: 'not-loaded', ...at, facts };
  // A container sees none of its machine's trees: nothing is said of restarts there.
  return kernel.trees.length > 0 && running !== '' && !kernel.trees.includes(running)
    ? { variant: 'of-another-kernel', ...at, facts }
    : { variant: 'not-there', ...at, facts };
}
