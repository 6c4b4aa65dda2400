/**
 * How a host and a lab end, as POSIX sh: the same text serves `labStopHost`, `labDown`, the watchdog after a kill -9,
 * and a person (`sh <cache>/lab/NAME/down.sh`). Nothing is remembered: what belongs to the lab is found by its names.
 */

/** Only nspawn processes whose --directory lies in this lab, and what lives in this host's namespace. */
const functions = `
pids_of() { # namespace root
  ip netns pids "$1" 2>/dev/null || true
  for entry in $(grep -alF -- "--directory=$2" /proc/[0-9]*/cmdline 2>/dev/null); do
    pid=\${entry#/proc/}; pid=\${pid%/cmdline}
    case "$(cat "/proc/$pid/comm" 2>/dev/null)" in systemd-nspawn|sh) echo "$pid" ;; esac # sh: on its way to exec \
nspawn
  done
}
cgroups_off() { # path in every hierarchy; killed processes leave theirs a little later
  tries=0
  while [ -n "$(ls -d "/sys/fs/cgroup/$1" /sys/fs/cgroup/*/"$1" 2>/dev/null)" ] && [ "$tries" -lt 100 ]; do
    find "/sys/fs/cgroup/$1" /sys/fs/cgroup/*/"$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    tries=$((tries + 1))
  done
}
unmounted() { # directory: who was killed lets go of it a little later
  tries=0
  while mountpoint -q "$1"; do
    umount "$1" 2>/dev/null && break
    tries=$((tries + 1))
    [ "$tries" -lt 40 ] || { umount -l "$1"; break; }
    sleep 0.05
  done
}
host_off() { # id host directory: SIGKILL for all of it, its namespace and mount gone, its disk kept
  tries=0
  while :; do
    pids=$(pids_of "$1-$2" "$3/root")
    [ -n "$pids" ] || break
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "processes of $2 do not die:" $pids >&2; return 1; }
    kill -9 $pids 2>/dev/null || true
    sleep 0.05
  done
  ip netns del "$1-$2" 2>/dev/null || true
  unmounted "$3/root"
  cgroups_off "$1/$2"
}
hosts_off() { # the lab's directory: the disk of all hosts, once they are off, with all that lies on it
  unmounted "$1/hosts"
  rm -rf --one-file-system "$1/hosts" "$1/hosts.disk" "$1/hosts.part"
}
`;

/** $1 id, $2 host, $3 its directory, $4 its cable: the namespace takes its end along only later. */
export const hostOffScript = `${functions}
host_off "$1" "$2" "$3"
ip link del dev "$4" 2>/dev/null || true
`;

/** $1 the lab's directory; its hosts are off. */
export const hostsOffScript = `${functions}
hosts_off "$1"
`;

/** $1 the lab's directory, $2 id, $3 subnet. The bridge goes before the route that kept its packets here. */
export const labOffScript = `#!/bin/sh
set -e
dir=\${1:-$(dirname "$0")}
[ -e "$dir/state.json" ] || exit 0
[ $# -gt 1 ] || set -- "$dir" $(cat "$dir/names")
${functions}
for host in "$dir"/hosts/*/; do
  [ -d "$host" ] || continue
  host=\${host%/}
  host_off "$2" "\${host##*/}" "$host" &
done
wait
! grep -qF " $dir/hosts/" /proc/mounts || { echo "mounts are left under $dir/hosts" >&2; exit 1; }
for cable in $(ip -o link show master "$2" 2>/dev/null | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/'); do ip link del dev \
"$cable" 2>/dev/null || true; done
ip link del dev "$2" 2>/dev/null || true
ip route del unreachable "$3" metric 1000000 2>/dev/null || true
cgroups_off "$2"
ip -o link show type bridge | grep -q ': kwlab' || [ ! -e "$dir/../sysctls" ] || {
  sysctl -q -p "$dir/../sysctls" 2>/dev/null || true
  rm -f "$dir/../sysctls"
}
hosts_off "$dir"
rm -rf --one-file-system "$dir"
`;
