import type { Leftover } from './leftover.js';
import { handBack, others, store } from './leftovers-containerd.js';
import { etcdJoinDropIn, heldDropIns } from '../render/paths.js';
import { raw, sh } from '../../shell/sh.js';

/** Folders whose contents are the cluster's. Emptied, not removed, where they are mount points of the host's owner. */
const folders = [
  '/var/lib/etcd',
  '/var/lib/kubelet',
  '/var/lib/kube-proxy',
  '/etc/kubernetes',
  '/var/log/kubernetes',
  '/var/log/pods',
  '/var/log/containers',
  '/usr/local/lib/kubewizard',
];

/**
 * Told by their words, not by their name: containerd 2 starts the file that its link leads to, and that has a name of
 * our own store. `-address` tells whose they are: k3s and the like have a containerd of their own.
 */
const shims = sh`for f in $(grep -lzxF k8s.io /proc/[0-9]*/cmdline 2>/dev/null); do
  words=" $(tr '\\0' ' ' 2>/dev/null <"$f") "
  case $words in *' -namespace k8s.io '*) ;; *) continue;; esac
  case $words in *' -address /run/containerd/containerd.sock '*) f=\${f%/cmdline}; echo "\${f#/proc/}";; esac
done`;

const children = sh`for p in $(${raw(shims)}); do
  for d in /proc/[0-9]*; do
    read -r _ name _ parent _ 2>/dev/null <"$d/stat" || continue
    [ "$parent" = "$p" ] && kill -9 "\${d#/proc/}" 2>/dev/null
  done
  kill -9 "$p" 2>/dev/null
done
sleep 0.2
for p in $(${raw(shims)}); do kill -9 "$p" 2>/dev/null; done; true`;

/** Of containerd's only those of k8s.io: a root file system of somebody else's container stays mounted. */
const mounts = sh`awk '$2 ~ "^/(var/lib/kubelet|run/containerd/\
(io[.]containerd[.]runtime[.]v[12][.][a-z]+/k8s[.]io|io[.]containerd[.]grpc[.]v1[.]cri)|run/netns/cni-)" && $2 !~ "^/var/lib/kubelet$" {print $2}' /proc/mounts`;

const interfaces = sh`ip -o link show | sed \
-n 's/^[0-9]*: \\(cni0\\|kw\\.vxlan\\|kube-ipvs0\\|nodelocaldns\\)[:@].*/\\1/p'`;

/**
 * Chains and rules of kube-proxy, of the kubelet, and those that carry our comment; of CNI plugins where no one else
 * can have called them.
 */
const pattern = sh`${raw(others)}
pattern='KUBE-\\|--comment kubewizard\\|CNI-\\|cali-\\|FLANNEL'; [ -z "$(kw_others)" ] || \
pattern='KUBE-\\|--comment kubewizard'`;
const iptables = sh`${raw(pattern)}\nfor ipt in iptables ip6tables; do command -v $ipt-save >/dev/null && \
$ipt-save 2>/dev/null | grep "$pattern"; done | head -20; true`;
const flush = sh`${raw(pattern)}\nfor ipt in iptables ip6tables; do
  command -v $ipt-save >/dev/null || continue
  $ipt-save 2>/dev/null | grep -v "$pattern" | $ipt-restore -w || exit 1
done`;

/** The kubelet's own `systemd-run --scope`: where no cgroup event comes (cgroup v1 in a container) they never end. */
const scopes = sh`systemctl list-units --all --plain --no-legend 'run-*.scope' | \
grep 'Kubernetes' | cut -d' ' -f1; true`;

/** What units leave running behind them. */
export const running: readonly Leftover[] = [
  { name: 'containers', find: shims, remove: children, risk: 'downtime' },
  {
    name: 'mounts',
    find: mounts,
    remove: sh`${raw(mounts)} | sort -r | while read -r m; do umount -l "$m"; done`,
    risk: 'none',
  },
  {
    name: 'pod namespaces',
    find: sh`ls -d /run/netns/cni-* 2>/dev/null; true`,
    remove: sh`for n in /run/netns/cni-*; do umount -l "$n" 2>/dev/null; rm -f "$n"; done`,
    risk: 'none',
  },
  { name: 'scopes', find: scopes, remove: sh`for s in $(${raw(scopes)}); do systemctl stop "$s"; done`, risk: 'none' },
  {
    name: 'interfaces',
    find: interfaces,
    remove: sh`for i in $(${raw(interfaces)}); do ip link del "$i"; done`,
    risk: 'none',
  },
  { name: 'iptables', find: iptables, remove: flush, risk: 'none' },
];

const contents = (folder: string): Leftover => ({
  name: `contents of ${folder}`,
  find: sh`find ${folder} -mindepth 1 -maxdepth 1 2>/dev/null | sort | head -5`,
  remove: sh`find ${folder} -mindepth 1 -xdev -depth -delete; rmdir ${folder} 2>/dev/null; true`,
  risk: folder === '/var/lib/etcd' ? 'data' : 'none',
});

/** Addresses and results of CNI plugins; where others call them too, those of our network alone. */
const cni = sh`${raw(others)}\nmine=; [ -z "$(kw_others)" ] || mine='-path *kubewizard*'; set -f`;
const plugins: Leftover = {
  name: 'contents of /var/lib/cni',
  find: sh`${raw(cni)}; find /var/lib/cni -mindepth 2 $mine 2>/dev/null | sort | head -5`,
  remove: sh`${raw(cni)}; find /var/lib/cni -mindepth 1 -xdev -depth $mine -delete; \
find /var/lib/cni -depth -type d -empty -delete 2>/dev/null; true`,
  risk: 'none',
};

/** As `makeUser` of the etcd component makes it: the comment tells ours from one that the owner of the host made. */
const user: Leftover = {
  name: 'user etcd',
  find: sh`getent passwd etcd | grep ':etcd, of Kubewizard:' | cut -d: -f1; true`,
  remove: sh`userdel etcd && { ! getent group etcd >/dev/null || groupdel etcd; }`,
  risk: 'none',
};

export const data: readonly Leftover[] = [...folders.map(contents), plugins, user, ...store];

/**
 * Made on the way to a file, or by containerd and the kubelet at their start; a folder that holds anything else stays.
 */
const emptied = sh`/etc/systemd/system/etcd.service.d /etc/systemd/system/kube-controller-manager.service.d \
/etc/systemd/system/kube-scheduler.service.d /etc/cni/net.d /etc/cni /opt/cni/bin /opt/cni \
/opt/containerd/bin /opt/containerd/lib /opt/containerd \
/usr/libexec/kubernetes/kubelet-plugins/volume/exec /usr/libexec/kubernetes/kubelet-plugins/volume \
/usr/libexec/kubernetes/kubelet-plugins /usr/libexec/kubernetes`;

/** At last the content-addressed store and the notes of what was there before. */
export const own: Leftover = {
  name: 'kubewizard',
  find: sh`ls -d /var/lib/kubewizard /run/kubewizard ${etcdJoinDropIn} ${heldDropIns} 2>/dev/null; true`,
  remove: sh`${raw(handBack)}\nrm -f ${etcdJoinDropIn} ${heldDropIns}; rmdir ${raw(emptied)} 2>/dev/null
rm -rf /var/lib/kubewizard /run/kubewizard
systemctl daemon-reload; systemctl reset-failed 2>/dev/null; true`,
  risk: 'none',
};
