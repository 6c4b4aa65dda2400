/** Short questions: who the host is, its clock, cgroups, versions, kernel settings, room. */
import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';

export const identity = chartFact({
  id: 'identity',
  question: {
    ask: 'host',
    seconds: 2,
    bytes: 64 * 1024,
    script: sh`echo "hostname $(uname -n)"; sed 's/^/machine /;q' /etc/machine-id 2>/dev/null; \
sed 's/^/product /;q' /sys/class/dmi/id/product_uuid 2>/dev/null; ip -o link show 2>/dev/null | \
grep -vE '^[0-9]+: (veth|cali|lxc|lo|cni|docker|kw\\.|flannel|cilium)' | \
sed -n 's/.*link\\/ether \\([0-9a-f:]*\\).*/mac \\1/p' | head -n 32`,
  },
  parse: output => {
    const all = (key: string): readonly string[] =>
      [...output.matchAll(new RegExp(`^${key} (\\S+)$`, 'gm'))].map(([, value = '']) => value);
    const hostname = all('hostname')[0];
    if (hostname === undefined) throw new NotSeen('uname did not answer');
    return {
      hostname,
      machineId: all('machine')[0] ?? '',
      productUuid: all('product')[0] ?? '',
      macs: [...new Set(all('mac'))],
    };
  },
});

export const clock = chartFact({
  id: 'clock',
  question: {
    ask: 'host',
    seconds: 3,
    bytes: 4096,
    script: sh`date +'now %s.%N'; [ ! -e /run/systemd/timesync/synchronized ] || echo 'synchronized yes'; \
timedatectl show -p NTPSynchronized 2>/dev/null`,
  },
  parse: (output, asked) => {
    if (!asked) throw new NotSeen('nobody noted when it was asked');
    const { sentAt, answeredAt } = asked;
    const now = Number(/^now ([\d.]+)$/m.exec(output)?.[1]) * 1000;
    if (!Number.isFinite(now)) throw new NotSeen('date did not answer');
    const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;
    // The question was answered at some time within the whole run: what lies inside it is not a skew.
    const ahead = now > answeredAt ? now - answeredAt : now < sentAt ? now - sentAt : 0;
    const word = /^(?:NTPSynchronized=|synchronized )(yes|no)$/m.exec(output)?.[1];
    return {
      ahead: round(ahead / 1000),
      uncertainty: round((answeredAt - sentAt) / 2000),
      ...(word && { synchronized: /^(NTPSynchronized=|synchronized )yes$/m.test(output) }),
    };
  },
});

export const cgroup = chartFact({
  id: 'cgroup',
  question: {
    ask: 'host',
    seconds: 2,
    bytes: 4096,
    script: sh`stat -f -c %T /sys/fs/cgroup; [ ! -d /sys/fs/cgroup/unified ] || echo hybrid`,
  },
  parse: output => {
    if (output.includes('cgroup2fs') && !output.includes('hybrid')) return 'v2';
    if (!/tmpfs|cgroup/.test(output)) throw new NotSeen(`/sys/fs/cgroup is of type ${output.trim() || 'unknown'}`);
    return output.includes('hybrid') ? 'hybrid' : 'v1';
  },
});

const of = (name: string, program: string, args = '--version'): Script =>
  sh`v=$(command -v ${program} || ls /usr/local/bin/${program} 2>/dev/null) && \
echo ${name} "$($v ${args} 2>/dev/null | head -n 1)"`;

// A server that runs says its version through its port, for a tenth of the price; its binary is asked only while it is
// down.
const unlessRunning = (name: string): Script =>
  sh`cat /proc/[0-9]*/comm 2>/dev/null | grep -qx ${name} || { ${raw(of(name, name))}; }`;

export const versions = chartFact({
  id: 'versions',
  question: {
    ask: 'host',
    seconds: 6,
    bytes: 8192,
    script: scripts([
      sh`echo "kernel $(uname -r)"`,
      of('kubelet', 'kubelet'),
      unlessRunning('kube-apiserver'),
      unlessRunning('etcd'),
      of('containerd', 'containerd'),
      of('runc', 'runc'),
      of('iptables', 'iptables'),
      of('haproxy', 'haproxy', '-v'),
      of('dockerd', 'dockerd'),
      sh`true`,
    ]),
  },
  parse: output =>
    Object.fromEntries(
      [...output.matchAll(/^([a-z-]+) (.*)$/gm)].flatMap(([, name = '', text = '']) => {
        const version =
          name === 'kernel'
            ? text
            : name === 'iptables'
              ? /v?(\d+\.\d+(?:\.\d+)?(?: \(\w+\))?)/.exec(text)?.[1]
              : /v?(\d+\.\d+\.\d+[\w.+~-]*)/.exec(text)?.[1];
        return version ? [[name, version]] : [];
      }),
    ),
});

const settings = scripts(
  [
    sh`net/ipv4/ip_forward`,
    sh`net/bridge/bridge-nf-call-iptables`,
    sh`net/bridge/bridge-nf-call-ip6tables`,
    sh`net/ipv4/conf/*/rp_filter`,
    sh`net/ipv4/conf/*/forwarding`,
    sh`net/ipv4/tcp_keepalive_time`,
    sh`net/netfilter/nf_conntrack_max`,
    sh`net/netfilter/nf_conntrack_count`,
    sh`fs/inotify/max_user_instances`,
    sh`fs/inotify/max_user_watches`,
    sh`fs/file-max`,
    sh`fs/file-nr`,
    sh`kernel/pid_max`,
    sh`vm/swappiness`,
    sh`vm/overcommit_memory`,
    sh`kernel/panic`,
  ],
  ' ',
);

export const sysctls = chartFact({
  id: 'sysctls',
  question: {
    ask: 'host',
    seconds: 3,
    bytes: 512 * 1024,
    script: sh`cd /proc/sys && grep -H . ${raw(settings)} 2>/dev/null; true`,
  },
  parse: output => {
    const found = Object.fromEntries(
      [...output.matchAll(/^([^:\n]+):(.*)$/gm)].map(([, path = '', value = '']) => [
        path.replaceAll('.', '\0').replaceAll('/', '.').replaceAll('\0', '/'),
        value.trim().replace(/\s+/g, ' '),
      ]),
    );
    if (Object.keys(found).length === 0) throw new NotSeen('/proc/sys did not answer');
    return found;
  },
});

export const listening = chartFact({
  id: 'listening',
  question: { ask: 'host', seconds: 3, bytes: 512 * 1024, script: sh`ss -H -tulnp` },
  parse: output => {
    if (output.trim() === '') throw new NotSeen('ss did not answer (iproute2 missing?)');
    return output.split('\n').flatMap(line => {
      const [, protocol, local, port, rest = ''] =
        /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+\s*(.*)$/.exec(line) ?? [];
      if (protocol === undefined || local === undefined) return [];
      const [, process = '', pid] = /\("([^"]*)",pid=(\d+)/.exec(rest) ?? [];
      return [
        {
          protocol: protocol as 'tcp' | 'udp',
          address: local
            .replace(/^\[|\]$/g, '')
            .replace(/%.*$/, '')
            .replace('*', '0.0.0.0'),
          port: Number(port),
          process,
          ...(pid && { pid: Number(pid) }),
        },
      ];
    });
  },
});

export const room = chartFact({
  id: 'room',
  question: {
    ask: 'host',
    seconds: 4,
    bytes: 128 * 1024,
    script: sh`for p in / /var/lib/kubelet /var/lib/containerd /var/lib/etcd /var/log /var/lib/docker; \
do [ -d "$p" ] && set -- "$@" "$p"; done
df -B1 --output=file,target,size,avail,itotal,iavail "$@" 2>/dev/null | sed 's/^/disk /'
sed -n 's/^MemTotal: */memory /p' /proc/meminfo; sed '1d;s/^/swap /' /proc/swaps
echo "limit $(cat /proc/sys/fs/inotify/max_user_instances)"; \
echo "instances $(find /proc/[0-9]*/fd -lname 'anon_inode:inotify' 2>/dev/null | wc -l)"`,
  },
  parse: output => {
    const disks = [...output.matchAll(/^disk (\/\S*)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+|-)\s+(\d+|-)$/gm)].map(
      ([, path = '', mount = '', size, free, inodes, inodesFree]) => ({
        path,
        mount,
        size: Number(size),
        free: Number(free),
        inodes: Number(inodes) || 0,
        inodesFree: Number(inodesFree) || 0,
      }),
    );
    const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
    if (disks.length === 0) throw new NotSeen('df did not answer');
    return {
      disks,
      memory: number(/^memory (\d+) kB$/m) * 1024,
      swaps: [...output.matchAll(/^swap (\S+)/gm)].map(([, path = '']) => path),
      inotify: { instances: number(/^instances (\d+)$/m), limit: number(/^limit (\d+)$/m) },
    };
  },
});
