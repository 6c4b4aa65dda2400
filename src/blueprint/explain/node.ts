import type { ClusterSpec } from '../../model/cluster.js';
import type { DefaultNote } from '../../spec/index.js';
import { forwarding, kubeletKernel, least } from '../components/kernel.js';
import { kubeletDefaultsFor } from '../components/kubelet-defaults.js';
import { conntrackLeast, type Machine } from '../sizes/by-machine.js';
import { units } from '../render/paths.js';

const gib = 2 ** 30;
/** Machines that stand for others, since the hosts are not asked. */
const machines: readonly Machine[] = [2, 8, 64].map(size => ({ memoryBytes: size * gib, cpus: size === 64 ? 16 : 2 }));
const named = (value: (machine: Machine) => unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(machines.map(machine => [`${machine.memoryBytes / gib} GiB`, value(machine)]));

const reasons: Readonly<Record<string, string>> = {
  evictionHard:
    'by memory; pods go before the machine stands still. All thresholds are named, since one alone drops the others',
  kubeReserved: 'by memory and processors: kubelet, runtime and shims of 110 pods',
  systemReserved: 'by memory; on control planes the API server, its controllers and etcd are units beside the pods',
  podPidsLimit: 'a fork bomb ends its own pod and not the host; Java with thousands of threads still fits',
  protectKernelDefaults:
    'the kernel is set by kw, and a kubelet on a host where somebody changed it says so; false in containers, whose ' +
    'kernel is not theirs',
  readOnlyPort: 'the port that answers anybody stays closed',
  seccompDefault: 'pods that say nothing get the runtime’s filter of system calls',
  maxParallelImagePulls: 'many pods that start at once share disk and line, and five are enough to fill both',
  serializeImagePulls: 'one slow image does not hold up all others',
  tlsCipherSuites: 'forward secrecy and authenticated encryption only (CIS 4.2.12)',
  tlsMinVersion: 'older ones are broken',
};

export const kubeletNotes = (spec: ClusterSpec): readonly DefaultNote[] => {
  const of = (machine: Machine) => kubeletDefaultsFor(spec, { roles: ['worker'] }, machine, true);
  const [small = { memoryBytes: 0, cpus: 0 }, big = small] = machines;
  return Object.entries(of(small)).map(([field, value]) => {
    const why = reasons[field];
    if (why === undefined) throw new Error(`kubelet has the default ${field} without a reason`);
    const varies = JSON.stringify(value) !== JSON.stringify(of(big)[field]);
    return {
      path: `components.kubelet.config.${field}`,
      value: varies ? named(machine => of(machine)[field]) : value,
      why: varies ? `${why}; here of workers` : why,
    };
  });
};

export const hostNotes = (spec: ClusterSpec): readonly DefaultNote[] => [
  {
    path: 'components.proxy.config.conntrack',
    value: named(machine => ({ maxPerCore: 32768, min: conntrackLeast(machine) })),
    why:
      'by memory, about 1 % of it: a full table drops connections in silence; left alone where the kernel is not ' +
      'the host’s',
  },
  ...kernelNotes(spec),
  ...unitNotes,
  ...(spec.network.provider === 'none' ? [] : [networkKeeperNote]),
];

const kernelNotes = (spec: ClusterSpec): readonly DefaultNote[] => [
  ...Object.entries({ ...forwarding, ...least(spec) }).map(([name, value]) => ({
    path: `/etc/sysctl.d: ${name}`,
    value: String(value),
    why:
      name in forwarding
        ? 'pods cannot be reached without it'
        : 'by the number of hosts or what a full node needs; a larger value of yours stays',
  })),
  ...Object.entries(kubeletKernel).map(([name, value]) => ({
    path: `/etc/sysctl.d: ${name}`,
    value,
    why: 'what the kubelet asks for; only where protectKernelDefaults is true',
  })),
];

const unitNotes: readonly DefaultNote[] = [
  {
    path: `${units}/*.service: OOMScoreAdjust`,
    value: '-999 runtime, -998 etcd, API server and load balancers, -900 controllers',
    why: 'when memory is short pods go first, then what starts again without anybody noticing; a drop-in changes it',
  },
  {
    path: `${units}/kw-apiserver-watchdog.timer`,
    value: 'after six silent questions in a minute, at most once in ten minutes',
    why:
      'an API server that hangs is alive to systemd; never all at once. systemctl mask ' +
      'kw-apiserver-watchdog.timer ends it',
  },
  {
    path: `${units}/kw-renew-certificates.timer`,
    value: 'every hour, where two thirds of a life are over',
    why:
      'on control planes, which hold the CA keys: a certificate that nobody renews ends the cluster one day. On ' +
      'workers kubelets renew their own, and `kw up` the rest',
  },
];

const networkKeeperNote: DefaultNote = {
  path: `${units}/kw-network-keeper.timer`,
  value: 'every 30 seconds',
  why: 'routes go with an interface, rules with a firewall that is loaded anew: both come back by themselves',
};
