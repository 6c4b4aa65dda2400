/** Whether its distribution and its kernel's settings are such that Kubewizard knows what to do there. */
import type { ClusterSpec, Host } from '../model/cluster.js';
import { balancersOf } from '../model/components.js';
import type { PreflightFacts } from './questions.js';
import { error, type Found, warning } from './finding.js';

export const judgeSystem = (spec: ClusterSpec, host: Host, facts: PreflightFacts): readonly Found[] => {
  const node = host.roles.includes('controlPlane') || host.roles.includes('worker');
  return [...distribution(spec, host, node, facts), ...(node ? settings(spec, facts) : [])];
};

/** Families whose packages have the names that the artifact sources use. */
const known = [
  'debian',
  'ubuntu',
  'fedora',
  'rhel',
  'centos',
  'rocky',
  'almalinux',
  'ol',
  'amzn',
  'suse',
  'opensuse',
  'opensuse-leap',
  'opensuse-tumbleweed',
  'sles',
];

function* distribution(spec: ClusterSpec, host: Host, node: boolean, { system }: PreflightFacts): Iterable<Found> {
  if (!system) return;
  const id = system.os.split(' ')[0] ?? '';
  if (![id, ...system.like].some(one => known.includes(one)))
    yield warning(
      'unknown-os',
      `its system (${system.os.trim() || 'no /etc/os-release'}) is not supported`,
      'what it needs is systemd and the packages that kw plan names; Debian is what every release is tested on',
    );
  const balances = balancersOf(spec).includes(host);
  if (system.packageManager === '' && (node || balances))
    yield error(
      'no-package-manager',
      'it has neither apt-get, dnf nor zypper, and needs conntrack, iptables and the like as packages',
      'use a host of the Debian, Red Hat or SUSE family',
    );
  else if (node && spec.artifacts.source === 'debian' && system.packageManager !== 'apt-get')
    yield error(
      'not-debian',
      'the artifact source debian takes the container runtime from Debian’s packages, and it has ' +
        `${system.packageManager}`,
      'use Debian hosts, or artifacts.source release or mirror',
    );
}

/** kubelet's own list (kubernetes, pkg/kubelet/cm: setupKernelTunables). */
const protectedDefaults: Readonly<Record<string, string>> = {
  'vm.overcommit_memory': '1',
  'vm.panic_on_oom': '0',
  'kernel.panic': '10',
  'kernel.panic_on_oops': '1',
  'kernel.keys.root_maxkeys': '1000000',
  'kernel.keys.root_maxbytes': '25000000',
};

function* settings(spec: ClusterSpec, { sysctls }: PreflightFacts): Iterable<Found> {
  if (!sysctls) return;
  const { values, writable, forwardingOff } = sysctls;
  if (!writable && values['net.ipv4.ip_forward'] !== '1')
    yield error(
      'sysctl-read-only',
      'net.ipv4.ip_forward is 0 and /proc/sys cannot be written',
      'set it from outside: on the machine that runs this container, or give it a /proc/sys of its own',
    );
  if (forwardingOff.length > 0)
    yield warning(
      'forwarding-off-at-boot',
      `${forwardingOff.join(', ')} sets net.ipv4.ip_forward to 0, so pods may lose their network at the next boot`,
      'take that line out; /etc/sysctl.d/99-kubewizard.conf sets it to 1, but what comes after it wins',
    );
  if (spec.components.kubelet.config.protectKernelDefaults !== true) return;
  const other = Object.entries(protectedDefaults).filter(
    ([name, wanted]) => values[name] !== undefined && values[name] !== wanted,
  );
  if (other.length > 0)
    yield error(
      'kernel-defaults',
      'kubelet refuses to start with protectKernelDefaults while ' +
        `${other.map(([name]) => `${name} is ${values[name]}`).join(', ')}`,
      `sysctl -w ${other.map(([name, wanted]) => `${name}=${wanted}`).join(' ')}, and a file below ` +
        '/etc/sysctl.d; or take protectKernelDefaults out',
    );
}
