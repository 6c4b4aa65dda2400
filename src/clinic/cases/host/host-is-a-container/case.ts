import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { command } from '../../../therapies/leftover.js';
import { idOf } from '../../../../model/resource.js';
import type { Wants } from '../../../../resources/wants.js';
import { sh } from '../../../../shell/sh.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  /** `line`: the kubelet's last word about it; `container`: what kind of one the host is, as systemd names it. */
  readonly kmsg: { readonly line: string; readonly container: string };
  readonly 'read-only-settings': { readonly line: string; readonly container: string };
};

const kind = (container: string): string => (container === '' || container === 'none' ? '' : ` (${container})`);

export default defineCase<Facts>({
  id: 'host-is-a-container',
  precedence: 96,
  title: 'The host is a container that lacks what a kubelet needs of its kernel',
  variants: {
    kmsg: {
      means: 'there is no /dev/kmsg, which the kubelet reads, and it ends for it',
      says: ({ host, facts: { line, container } }) =>
        `${host} is a container${kind(container)} without /dev/kmsg, and its kubelet does not start: ${line}`,
      shows: ({ facts }) => [
        quoted('logs', 'log of the kubelet', facts.line),
        quoted('kernel', '/dev/kmsg', 'cannot be read'),
      ],
    },
    'read-only-settings': {
      means: 'the kubelet may not write the kernel’s settings below /proc/sys, and ends for it',
      says: ({ host, facts: { line, container } }) =>
        `${host} is a container${kind(container)} in which /proc/sys cannot be written, and its kubelet does not ` +
        `start: ${line}`,
      shows: ({ facts }) => [
        quoted('logs', 'log of the kubelet', facts.line),
        quoted('kernel', '/proc/sys', 'cannot be written'),
      ],
    },
  },
  about: [
    { who: 'kubelet', whom: 'kernel-file', how: 'not-found' },
    { who: 'kubelet', whom: 'kernel-file', how: 'not-readable' },
  ],
  told: [
    ['host-in-container', 'kernel-file'],
    ['host-in-container', 'kubelet'],
  ],
  symptoms: [
    { text: /open \/dev\/kmsg: (?:no such file or directory|operation not permitted|permission denied)/ },
    { text: /(?:open|write) \/proc\/sys\/(?:vm|kernel)\/\S+: (?:read-only file system|permission denied)/ },
    { text: /Failed to start ContainerManager.{0,200}\/proc\/sys\// },
  ],
  explains: ['kubelet-waiting', 'node-not-ready-cni', 'cri-disabled'],
  lab: false,
  sources: ['k0sproject/k0s#744', 'kubernetes-sigs/kind#662', 'kubernetes, pkg/kubelet/cm: setupKernelTunables'],
  badCures: [
    {
      cure: '--fail-swap-on=false, or another cgroup driver',
      why: 'the kubelet says which file it could not open: neither of them has to do with it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, evidence)));
  },

  therapy(finding) {
    const { host, variant } = finding;
    if (variant === 'read-only-settings')
      return {
        refused: 'who may write the settings of the kernel is decided on the machine that this container runs on',
        advice: [
          'LXC, Proxmox: lxc.mount.auto = proc:rw sys:rw, lxc.cap.drop = (empty), lxc.apparmor.profile = unconfined',
          'Docker: --privileged; systemd-nspawn: SYSTEMD_NSPAWN_API_VFS_WRITABLE=1',
          'or a kubelet that does without: the feature gate KubeletInUserNamespace (1.22 and later), ' +
            'protectKernelDefaults: false',
        ],
      };
    const because = 'the kubelet finds what it reads the kernel’s messages from';
    const place = { host, because, stage: 'host' as const };
    const kept = textFile(lasting, 'L /dev/kmsg - - - - /dev/console\n', 0o644, place);
    const now = command('/dev/kmsg', kmsgNow, { ...place, after: [idOf(kept)] });
    return {
      title: `Give the kubelet of ${host} a /dev/kmsg`,
      risk: 'none',
      want: [kept, now, freshUnit('kubelet.service', [], { ...place, stage: 'nodes', after: [idOf(now)] })],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'ls -l /dev/kmsg; systemd-detect-virt --container; journalctl -u kubelet -n 20',
      answer: finding.facts.line,
      healthy: '/dev/kmsg is there, or the host is no container; the kubelet runs on',
    },
  ],
});

const lasting = '/etc/tmpfiles.d/kubewizard-kmsg.conf';

/** The kubelet only looks there for processes that ran out of memory: an empty one loses no more than that. */
const kmsgNow: Wants['command'] = {
  unless: sh`[ -r /dev/kmsg ] || echo 'there is no /dev/kmsg'`,
  run: sh`[ -e /dev/kmsg ] || ln -sf /dev/console /dev/kmsg`,
  risk: 'none',
  undo: {
    keep: sh`[ -e /dev/kmsg ] && echo there; true`,
    back: sh`read -r was; [ "$was" = there ] || [ ! -L /dev/kmsg ] || rm -f /dev/kmsg`,
  },
};

const noKmsg = /open \/dev\/kmsg: (?:no such file or directory|operation not permitted|permission denied)/;
const noSettings = /open \/proc\/sys\/\S+: (?:read-only file system|permission denied)/;

/** Its last words count only while it does not run on: one that runs was not ended by them. */
function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const kernel = evidence.read(host.kernel);
  const lines = evidence.read(host.logs)?.kubelet ?? [];
  const unit = evidence.unit(host, 'kubelet');
  if (!kernel || (unit?.active === 'active' && unit.sub === 'running' && unit.restarts === 0)) return [];
  const last = (pattern: RegExp): string | undefined =>
    lines
      .slice(-60)
      .findLast(one => pattern.test(one))
      ?.slice(0, 300);
  const [kmsg, settings] = [last(noKmsg), last(noSettings)];
  const at = { host: host.name, subject: { unit: 'kubelet.service' } };
  const { container } = kernel;
  return [
    ...(kmsg !== undefined && !kernel.kmsg
      ? [
          {
            variant: 'kmsg' as const,
            ...at,
            facts: { line: kmsg, container },
          },
        ]
      : []),
    ...(settings !== undefined && !kernel.sysWritable
      ? [
          {
            variant: 'read-only-settings' as const,
            ...at,
            facts: { line: settings, container },
          },
        ]
      : []),
  ];
}
