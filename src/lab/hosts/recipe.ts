/** What a lab host is made of; the digest of it all names the base image, so that a changed recipe is a new image. */
import { createHash } from 'node:crypto';

/** Debian's packages of a host that a Kubernetes cluster can be built on without a way to the internet. */
export const hostPackages: readonly string[] = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'sudo',
  'ca-certificates',
  'openssl',
  'curl',
  'netbase',
  'mount',
  'iproute2',
  'iputils-ping',
  'iptables',
  'nftables',
  'ebtables',
  'ipset',
  'conntrack',
  'socat',
  'ethtool',
  'kmod',
  'procps',
  'psmisc',
  'containerd',
  'runc',
  'containernetworking-plugins',
  'haproxy',
  'keepalived',
];

/** Present as packages, but a fresh host runs none of them. */
const quiet: readonly string[] = [
  'containerd.service',
  'haproxy.service',
  'keepalived.service',
  'nftables.service',
  'systemd-timesyncd.service',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
];

/** Where every host is itself, on hosts' own disks: overlayfs cannot be the upper directory of overlayfs. */
export const plainDirectories: readonly string[] = ['/var/lib/containerd', '/var/lib/kubelet', '/var/lib/etcd'];

/**
 * nspawn mounts cgroup v1 controllers and /proc/sys read-only; kubelet and runc write to both. A plain remount says
 * busy.
 */
const writableScript = `#!/bin/sh
mount -o remount,bind,rw /proc/sys
mount -o remount,rw /sys/fs/cgroup 2>/dev/null || mount -o remount,bind,rw /sys/fs/cgroup
for controller in /sys/fs/cgroup/*; do
  if mountpoint -q "$controller"; then mount -o remount,bind,rw "$controller"; fi
done
exit 0
`;

const writableUnit = `[Unit]
Description=Give this lab host its cgroups and sysctls
DefaultDependencies=no
Before=sysinit.target systemd-sysctl.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-writable
[Install]
WantedBy=sysinit.target
`;

/** Run inside the new root after debootstrap. */
export const customise = `set -e
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
cat > /usr/local/sbin/lab-writable <<'SCRIPT'
${writableScript}SCRIPT
chmod 755 /usr/local/sbin/lab-writable
cat > /etc/systemd/system/lab-writable.service <<'UNIT'
${writableUnit}UNIT
systemctl --quiet enable lab-writable.service ssh.service
systemctl --quiet disable ${quiet.join(' ')} 2>/dev/null || true
systemctl --quiet mask console-getty.service getty@.service
systemctl --quiet set-default multi-user.target
useradd --create-home --shell /bin/bash --uid 1000 kw
echo 'kw ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/kw
chmod 440 /etc/sudoers.d/kw
rm -rf /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id /etc/resolv.conf /etc/hostname
: > /etc/machine-id
: > /etc/resolv.conf
rm -rf /var/cache/apt/archives/*.deb /var/cache/apt/*.bin /var/lib/apt/lists/* /var/log/*.log /var/log/apt \
/var/cache/debconf/*-old /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
rm -rf /etc/cni/net.d
mkdir -p ${plainDirectories.join(' ')}
`;

export const recipeDigest = (): string =>
  createHash('sha256')
    .update(JSON.stringify([hostPackages, customise]))
    .digest('hex')
    .slice(0, 12);
