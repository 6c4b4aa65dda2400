/** Whether the machine itself will do: its system, size, kernel, disk. */
import semver from 'semver';
import type { ClusterSpec, Host } from '../model/cluster.js';
import { quotaBytes } from '../blueprint/components/etcd-defaults.js';
import type { PreflightFacts } from './questions.js';
import { error, type Found, warning } from './finding.js';

const gib = 2 ** 30;
const has = (host: Host, ...roles: readonly Host['roles'][number][]): boolean =>
  roles.some(role => host.roles.includes(role));
const runsKubelet = (host: Host): boolean => has(host, 'controlPlane', 'worker');

export const judgeMachine = (spec: ClusterSpec, host: Host, facts: PreflightFacts): readonly Found[] => [
  ...systemOf(facts),
  ...sizeOf(spec, host, facts),
  ...kernelOf(spec, host, facts),
  ...diskOf(host, facts),
];

function* systemOf({ system }: PreflightFacts): Iterable<Found> {
  if (!system) return;
  if (!system.systemd)
    yield error(
      'no-systemd',
      'systemd does not run this host',
      'use a host that systemd has started; Kubewizard runs every component as its unit',
    );
  if (!system.root)
    yield error(
      'not-root',
      'its commands do not run as root',
      'log in as root, or as a user with sudo without a password',
    );
  // Every source resolves binaries for amd64 alone (artifacts/options.ts): on another machine they would not even
  // start.
  if (system.arch !== 'x86_64')
    yield error(
      'other-architecture',
      `it is an ${system.arch} machine, and Kubewizard brings binaries for x86_64 only`,
      'use an x86_64 host',
    );
}

function* sizeOf(spec: ClusterSpec, host: Host, { size }: PreflightFacts): Iterable<Found> {
  if (!size) return;
  const least = has(host, 'controlPlane') ? 1 : 0.5;
  // kubeadm asks for 1,700 MB and 2 CPUs of a control plane; an apiserver takes 0.3 GiB at its start.
  if (size.memoryBytes < least * gib)
    yield error(
      'too-little-memory',
      `it has ${(size.memoryBytes / gib).toFixed(1)} GiB of memory, and ${least} GiB is the least for its roles`,
      'give it more memory',
    );
  else if (has(host, 'controlPlane') && size.memoryBytes < 1.7e9)
    yield warning(
      'little-memory',
      `it has ${(size.memoryBytes / gib).toFixed(1)} GiB of memory; a control plane wants 2`,
      'give it more memory before it carries work',
    );
  if (size.cpus < 2 && has(host, 'controlPlane', 'etcd'))
    yield warning('few-cpus', 'it has one CPU; a control plane wants two', 'give it another CPU');
  yield* roomOf(spec, host, size.diskFreeBytes);
  if (size.swapBytes > 0 && runsKubelet(host) && spec.components.kubelet.config.failSwapOn !== false)
    yield error(
      'swap-on',
      'swap is on, and kubelet refuses to start with it',
      'swapoff -a and take it out of /etc/fstab; or set components.kubelet.config.failSwapOn: false',
    );
}

function* roomOf(spec: ClusterSpec, host: Host, free: number): Iterable<Found> {
  if (free < 2 * gib)
    yield error(
      'disk-full',
      `only ${(free / gib).toFixed(1)} GiB are free under /var/lib`,
      'free at least 2 GiB there: binaries, images and etcd’s data go there',
    );
  else if (free < 10 * gib)
    yield warning(
      'little-disk',
      `only ${(free / gib).toFixed(1)} GiB are free under /var/lib`,
      'kubelet evicts pods when 15 % are left; make room',
    );
  const quota = Number(spec.components.etcd.extraArgs['quota-backend-bytes'] ?? quotaBytes);
  if (has(host, 'etcd') && free >= 2 * gib && free < 1.5 * quota)
    yield warning(
      'little-disk-for-etcd',
      `only ${(free / gib).toFixed(1)} GiB are free under /var/lib, and etcd may grow to ` +
        `${(quota / gib).toFixed(1)} GiB, with its snapshots beside it`,
      'make room, or set components.etcd.extraArgs.quota-backend-bytes lower',
    );
}

function* kernelOf(spec: ClusterSpec, host: Host, { kernel }: PreflightFacts): Iterable<Found> {
  if (!kernel || !runsKubelet(host)) return;
  if (
    kernel.cgroup !== 'v2' &&
    semver.gte(spec.kubernetes, '1.35.0') &&
    spec.components.kubelet.config.failCgroupV1 !== false
  )
    yield error(
      'cgroup-v1',
      `it uses cgroup ${kernel.cgroup}, which kubelet refuses from 1.35 on`,
      'boot it with systemd.unified_cgroup_hierarchy=1; or set components.kubelet.config.failCgroupV1: false',
    );
  const lacks = ['cpu', 'memory', 'pids', 'cpuset'].filter(name => !kernel.controllers.includes(name));
  if (lacks.length > 0)
    yield error(
      'cgroup-controllers',
      `its kernel has no cgroup controller ${lacks.join(', ')} switched on`,
      'boot it with cgroup_enable=memory (Debian, Raspberry Pi), or a kernel that has them',
    );
  for (const feature of kernel.missing)
    yield error(
      'kernel-feature',
      `its kernel has no ${feature}`,
      `modprobe ${feature}, or install the kernel’s extra modules`,
    );
  const [vital, useful] = [
    ['ip', 'iptables', 'mount'],
    ['conntrack', 'ethtool', 'socat'],
  ].map(names => names.filter(name => kernel.missingPrograms.includes(name)));
  if (vital && vital.length > 0)
    yield error('programs-missing', `it has no ${vital.join(', ')}`, 'install iproute2, iptables and util-linux');
  if (useful && useful.length > 0)
    yield warning(
      'programs-useful',
      `it has no ${useful.join(', ')}`,
      'install them: kubectl port-forward and kube-proxy’s clean-up use them',
    );
}

function* diskOf(host: Host, { syncMs }: PreflightFacts): Iterable<Found> {
  if (syncMs === undefined && has(host, 'etcd'))
    yield warning(
      'disk-unmeasured',
      'not one synchronous write to the disk of etcd was over within three seconds, or it cannot be written',
      'try it: dd if=/dev/zero of=/var/lib/kw-try bs=2300 count=20 oflag=dsync; etcd wants less than 10 ms a write',
    );
  // etcd.io, hardware: the 99th percentile of a WAL fsync shall stay below 10 ms; an average above it is well over.
  if (syncMs !== undefined && syncMs > 10)
    yield warning(
      'slow-disk',
      `a synchronous write takes ${syncMs.toFixed(1)} ms on the disk of etcd, which wants less than 10`,
      'put /var/lib/etcd on an SSD of its own',
    );
}
