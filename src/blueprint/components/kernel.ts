import { kubeletNames, type KubeletKernelName, type LimitName, ownsKernel } from '../../facts/host/kernel-limits.js';
import type { Resource } from '../../model/resource.js';
import type { HostContext } from '../input.js';
import { bySize } from '../sizes/by-hosts.js';
import { file, want } from '../wanted.js';

const stage = 'nodes';

/**
 * Kubernetes needs them, and the check that used to warn is gone from kubeadm 1.30 (field case bridge-nf-ipforward).
 */
export const forwarding: Readonly<Record<string, string>> = {
  'net.ipv4.ip_forward': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.bridge.bridge-nf-call-ip6tables': '1',
};

/**
 * Limits that a full node reaches with the kernel's own values. Inotify: 128 instances are soon all taken, and then
 * kubelets die of `too many open files` (field case inotify-limit: kubernetes#104303, k0s#8113). Neighbours: 1,024 are
 * fewer than the hosts and pods of one segment, and then packets are dropped in silence.
 */
export const least = (spec: HostContext['spec']): Readonly<Record<LimitName, number>> => {
  const [low, soft, hard] = bySize(spec).neighbours;
  return {
    'fs.file-max': 2_097_152,
    'fs.inotify.max_user_instances': 8192,
    'fs.inotify.max_user_watches': 524_288,
    'kernel.pid_max': 4_194_304,
    'net.ipv4.neigh.default.gc_thresh1': low,
    'net.ipv4.neigh.default.gc_thresh2': soft,
    'net.ipv4.neigh.default.gc_thresh3': hard,
    'vm.max_map_count': 262_144,
  };
};

/** What the kubelet sets by itself where it may, and asks for under `protectKernelDefaults`. */
export const kubeletKernel: Readonly<Record<KubeletKernelName, string>> = {
  'kernel.keys.root_maxbytes': '25000000',
  'kernel.keys.root_maxkeys': '1000000',
  'kernel.panic': '10',
  'kernel.panic_on_oops': '1',
  'vm.overcommit_memory': '1',
  'vm.panic_on_oom': '0',
};

/** A container's kernel is somebody else's: what a whole machine does after a panic is not ours to say there. */
export const protectsKernel = ({ fact: { sysctls } }: Pick<HostContext, 'fact'>): boolean =>
  ownsKernel(sysctls) && kubeletNames.every(name => name in sysctls);

/** Kernel modules and settings, live and over a boot. What a host does not have or may not set is not wanted there. */
export function kernel(context: HostContext): readonly Resource[] {
  const bridged = { stage, because: 'bridged pod traffic is forwarded and filtered' } as const;
  const limits = Object.entries(least(context.spec)).filter(([name]) => name in context.fact.sysctls);
  const exact = protectsKernel(context) ? Object.entries(kubeletKernel) : [];
  const text = [
    ...Object.entries(forwarding),
    ...limits.map(([name, value]) => [name, lasting(context, name, value)] as const),
    ...exact,
  ];
  return [
    file(context, '/etc/modules-load.d/kubewizard.conf', 'overlay\nbr_netfilter\n', bridged),
    file(
      context,
      '/etc/sysctl.d/99-kubewizard.conf',
      text.map(([name, value]) => `${name} = ${value}\n`).join(''),
      bridged,
    ),
    ...Object.entries(forwarding).map(([name, value]) => want('sysctl', context.host.name, name, { value }, bridged)),
    ...limits.map(([name, value]) =>
      want(
        'sysctl',
        context.host.name,
        name,
        { value: String(value), atLeast: true },
        { stage, because: 'a full node reaches the kernel’s own limit' },
      ),
    ),
    ...exact.map(([name, value]) =>
      want('sysctl', context.host.name, name, { value }, { stage, because: 'the kubelet asks for it' }),
    ),
  ];
}

/** A larger value that the owner chose stays over a boot too, since our file is read behind theirs. As it is written:
 * no number of JavaScript holds the largest `fs.file-max`. */
const lasting = ({ fact }: HostContext, name: string, value: number): string => {
  const now = fact.sysctls[name] ?? '';
  return Number(now) > value ? now : String(value);
};
