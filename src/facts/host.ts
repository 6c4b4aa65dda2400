import type { HostFacts } from '../model/host-facts.js';
import { type Fact, Unreadable } from '../model/fact.js';
import { raw, type Script, sh } from '../shell/sh.js';
import { builtScript, readBuilt } from './host/built.js';
import { kernelScript, readKernel } from './host/kernel-limits.js';
import { authoritiesScript, readAuthorities } from './host/rotated-authorities.js';
import { keysScript, readKeys } from './host/rotated-keys.js';

/** What the blueprint must know of a host, in one question of few forks: lines of `name=value`. */
export const hostFacts = (address: string): Fact<HostFacts> => ({
  id: 'host',
  question: { ask: 'host', script: script(address) },
  parse: read,
});

// conntrackWritable and oomScoreAdjustable are asked by trying: what /proc shows as writable is refused in containers.
// By cat, never by read: dash reads byte by byte, and the kernel gives a number's first byte only (proc_dointvec);
// written back, that would be the limit.
const script = (address: string): Script => sh`
echo "hostname=$(cat /proc/sys/kernel/hostname)"
( . /etc/os-release 2>/dev/null; echo "os=$ID"; echo "osVersion=$VERSION_ID" )
echo "arch=$(uname -m)"
echo "cpus=$(grep -c ^processor /proc/cpuinfo)"
while read -r name value rest; do [ "$name" = MemTotal: ] && echo "memory=$value"; done </proc/meminfo
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo cgroup=v2
elif [ -d /sys/fs/cgroup/unified ]; then echo cgroup=hybrid; else echo cgroup=v1; fi
set -- $(ip -o -4 addr show to ${address} 2>/dev/null)
echo "interface=\${2:-}"
[ -z "\${2:-}" ] || ip -o link show dev "$2" | sed -n 's/.* mtu \\([0-9]*\\).*/mtu=\\1/p'
for dir in /opt/cni/bin /usr/lib/cni /usr/libexec/cni; do [ -x "$dir/bridge" ] && [ -x "$dir/host-local" ] && \
{ echo "cniBin=$dir"; break; }; done
containerd=$(command -v containerd) && { echo "containerd=$containerd"; "$containerd" --version | \
{ read -r _ _ version _; echo "containerdVersion=$version"; }; }
[ ! -e /proc/sys/net/netfilter/nf_conntrack_max ] || { n=$(cat /proc/sys/net/netfilter/nf_conntrack_max) && \
echo "$n" 2>/dev/null >/proc/sys/net/netfilter/nf_conntrack_max; } 2>/dev/null && echo conntrack=writable
sh -c 'echo -999 >/proc/self/oom_score_adj' 2>/dev/null && echo oom=adjustable
if [ -e /run/systemd/resolve/resolv.conf ] && grep -q '^nameserver 127\\.' /etc/resolv.conf 2>/dev/null; \
then echo resolvConf=/run/systemd/resolve/resolv.conf; else echo resolvConf=/etc/resolv.conf; fi
for file in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do grep -qs '^nameserver [^ ]' "$file" && \
{ echo resolver=yes; break; }; done
[ ! -e /etc/cni/net.d/10-kubewizard.conflist ] || \
sed -n 's/.*"subnet": *"\\([0-9./]*\\)".*/podCidr=\\1/p' /etc/cni/net.d/10-kubewizard.conflist
[ ! -d /var/lib/etcd/member ] || { echo etcd=exists; [ ! -e /etc/systemd/system/etcd.service ] || \
sed -n 's/.*--initial-cluster=\\([^ "]*\\).*/etcdMembers=\\1/p' /etc/systemd/system/etcd.service; \
[ ! -e /etc/kubernetes/etcd-member ] || sed -n 's/^members=/etcdRecorded=/p' /etc/kubernetes/etcd-member; }
[ ! -e /usr/local/lib/kubewizard/etcd-member ] || echo etcdOurs=yes
[ ! -e /etc/kubernetes/etcd-member ] || echo lived-member=yes
[ ! -e /var/lib/kubelet/pki/kubelet-client-current.pem ] || echo lived-node=yes
for file in /etc/systemd/system/kube-*.service.d/kw-held.conf; do [ ! -e "$file" ] || { echo held=yes; break; }; done
${raw(kernelScript)}
${raw(builtScript)}
${raw(keysScript)}
${raw(authoritiesScript)}
`;

const machines: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

function read(output: string): HostFacts {
  const seen = valuesIn(output);
  const must = (name: string, why: string): string => {
    const value = seen.get(name);
    if (!value) throw new Unreadable('host', output, why);
    return value;
  };
  const of = (name: string): string => seen.get(name) ?? '';
  const built = readBuilt(output, seen);
  const keys = readKeys(output, seen);
  const authorities = readAuthorities(seen);
  const cgroup = must('cgroup', 'it does not say which cgroup version it has');
  return {
    hostname: must('hostname', 'it does not say its host name'),
    os: { id: of('os'), version: of('osVersion') },
    arch: machines[of('arch')] ?? of('arch'),
    cpus: Number(of('cpus')) || 1,
    memoryBytes: (Number(of('memory')) || 0) * 1024,
    cgroup: cgroup === 'v1' || cgroup === 'v2' ? cgroup : 'hybrid',
    interface: {
      name: must('interface', 'no interface of it has the address that the cluster file gives it'),
      mtu: Number(of('mtu')) || 1500,
    },
    cniBin: of('cniBin'),
    containerd: of('containerd'),
    containerdVersion: of('containerdVersion').replace(/^v/, ''),
    conntrackWritable: seen.has('conntrack'),
    oomScoreAdjustable: seen.has('oom'),
    sysctls: readKernel(output),
    resolvConf: must('resolvConf', 'it does not say which resolver it has'),
    hasResolver: seen.has('resolver'),
    podCidr: of('podCidr') || of('builtPOD_CIDR'),
    ...livedThere(seen),
    ...(built ? { built } : {}),
    ...(keys ? { keys } : {}),
    ...(authorities ? { authorities } : {}),
  };
}

/** `name=value`, a line each. */
const valuesIn = (output: string): ReadonlyMap<string, string> =>
  new Map(
    output.split('\n').flatMap(line => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );

/** What an earlier life of it as a member of etcd, or as a node, has left. */
function livedThere(seen: ReadonlyMap<string, string>) {
  const members = seen.get('etcdMembers');
  const lived = (['member', 'node'] as const).filter(one => seen.has(`lived-${one}`));
  return {
    etcdDataExists: seen.has('etcd'),
    etcdMembers: seen.get('etcdRecorded') || (members ?? ''),
    ...(members === undefined ? {} : { etcdInitial: members }),
    ...(seen.has('etcdOurs') ? { etcdOurs: true as const } : {}),
    ...(lived.length > 0 ? { lived } : {}),
    ...(seen.has('held') ? { controllersHeld: true as const } : {}),
  };
}
