import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import { sh } from '../../shell/sh.js';

/** Modules that runtimes, kube-proxy and pod networks need; each is a name under /sys/module once it is there. */
export const clusterModules: readonly string[] = [
  ...['overlay', 'br_netfilter', 'bridge', 'veth', 'vxlan', 'ipip', 'nf_conntrack', 'nf_nat', 'nf_tables'],
  ...['ip_tables', 'iptable_nat', 'iptable_filter', 'xt_comment', 'xt_MASQUERADE', 'ip_set', 'ip_vs', 'ip_vs_rr'],
];

/** Programs and folders whose SELinux label decides whether they may be run or read. */
const labelled: readonly string[] = [
  ...['/usr/bin', '/usr/local/bin'].flatMap(folder =>
    ['kubelet', 'containerd', 'runc', 'etcd', 'crio'].map(program => `${folder}/${program}`),
  ),
  ...['/var/lib/kubelet', '/var/lib/containerd', '/var/lib/etcd', '/etc/kubernetes/pki', '/etc/kubernetes/manifests'],
];

/** `kernel/fs/overlayfs/overlay.ko.xz: …` of modules.dep, the same without the colon of modules.builtin. */
const nameOfModule = String.raw`s|^[^:]*/\([^/:]*\)\.ko[a-z.]*\(:.*\)*$|disk \1|p`;

export const kernel = chartFact({
  id: 'kernel',
  question: {
    ask: 'host',
    seconds: 3,
    bytes: 64 * 1024,
    script: sh`echo "container $(systemd-detect-virt --container 2>/dev/null)"
[ ! -r /dev/kmsg ] || echo kmsg
[ ! -w /proc/sys/vm/overcommit_memory ] || echo writable
for d in /lib/modules/*/; do [ -d "$d" ] && d=\${d%/} && echo "tree \${d##*/}"; done
for m in ${clusterModules}; do [ ! -d "/sys/module/$m" ] || echo "loaded $m"; done
t=/lib/modules/$(uname -r)
[ ! -f "$t/modules.dep" ] || cat "$t/modules.dep" "$t/modules.builtin" 2>/dev/null | sed -n ${nameOfModule} | \
tr - _ | sort -u | grep -xE "disk ($(printf '%s|' ${clusterModules})-)"
if [ -f /sys/fs/selinux/enforce ]; then echo "selinux $(cat /sys/fs/selinux/enforce)"; \
stat -L -c 'label %C %n' ${labelled} 2>/dev/null; fi
sed -n 's/^Udp: /udp /p' /proc/net/snmp; echo '#end'`,
  },
  parse: output => {
    if (!/^#end$/m.test(output)) throw new NotSeen('the answer is cut off');
    const all = (key: string): readonly string[] =>
      [...output.matchAll(new RegExp(`^${key} (\\S+)$`, 'gm'))].map(([, value = '']) => value);
    const enforce = all('selinux')[0];
    return {
      container: all('container')[0] ?? '',
      kmsg: /^kmsg$/m.test(output),
      sysWritable: /^writable$/m.test(output),
      trees: all('tree'),
      loaded: all('loaded'),
      onDisk: all('disk'),
      selinux: enforce === undefined ? 'off' : enforce === '1' ? 'enforcing' : 'permissive',
      labels: Object.fromEntries(
        [...output.matchAll(/^label (\S+) (\/\S*)$/gm)].map(([, label = '', path = '']) => [path, label]),
      ),
      badUdpChecksums: badChecksums(output),
    };
  },
});

/** /proc/net/snmp has a line of names, and one of numbers below it. */
const badChecksums = (output: string): number => {
  const [names = [], values = []] = [...output.matchAll(/^udp (.*)$/gm)].map(([, line = '']) => line.split(' '));
  return Number(values[names.indexOf('InCsumErrors')] ?? 0) || 0;
};
