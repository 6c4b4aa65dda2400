/** The pods of a host as ends of the data path: found by their processes, so that neither API nor runtime is asked. */
import { sh } from '../../shell/sh.js';
import { parseIPv4 } from '../../net/address.js';
import { statsOf } from './counters.js';
import type { EndsSeen, PodEnd } from './seen.js';

/** Of a host with hundreds of pods some are enough. */
const most = 12;

export const endsScript = sh`export LC_ALL=C
printf '#tools'; for t in bash nsenter timeout perl python3 ip tcpdump; do ! command -v $t >/dev/null 2>&1 || \
printf ' %s' $t; done; echo
own=$(readlink /proc/self/ns/net)
ls -l /proc/[0-9]*/ns/net 2>/dev/null | sed -n 's|.* /proc/\\([0-9]*\\)/ns/net -> net:\\[\\([0-9]*\\)\\]$|\\2 \\1|p' | \
sort -n -k1,1 -k2,2 | {
  last= found=0
  while read -r ns pid; do
    [ "$ns" != "$last" ] && [ "net:[$ns]" != "$own" ] || continue
    grep -q kubepods "/proc/$pid/cgroup" 2>/dev/null || continue
    last=$ns found=$((found + 1)); [ "$found" -le ${most} ] || break
    echo "#pod $pid $ns"; nsenter -t "$pid" -n ip addr show scope global 2>/dev/null
    grep -E '^(Tcp|Udp):' "/proc/$pid/net/snmp" 2>/dev/null
  done
}
echo '#end'`;

/** undefined: the answer is cut off, or no answer. */
export const readEnds = (output: string): EndsSeen | undefined => {
  const tools = /^#tools(.*)$/m.exec(output)?.[1];
  if (tools === undefined || !/^#end$/m.test(output)) return undefined;
  return {
    tools: tools.split(' ').filter(Boolean),
    pods: output
      .split(/^#pod /m)
      .slice(1)
      .flatMap(podOf),
  };
};

/**
 * A pod's first link with an IPv4 address of more than the loopback; a second network (multus) is not the cluster's.
 */
const podOf = (text: string): readonly PodEnd[] => {
  const [, pid, netns] = /^(\d+) (\d+)$/m.exec(text) ?? [];
  const stats = statsOf(text);
  const [udp, tcp] = [stats.get('Udp NoPorts'), stats.get('Tcp OutRsts')];
  for (const [, link = '', peer, mtu, rest = ''] of text.matchAll(
    /^\d+: ([^:@\s]+)(?:@if(\d+))?: <[^>]*> mtu (\d+)([\s\S]*?)(?=^\d+: |$(?![\s\S]))/gm,
  )) {
    const address = parseIPv4(/^\s+inet ([\d.]+)\//m.exec(rest)?.[1] ?? '');
    if (address === undefined || link === 'lo' || pid === undefined) continue;
    return [
      {
        pid: Number(pid),
        netns: Number(netns),
        address,
        mtu: Number(mtu),
        link,
        ...(peer !== undefined && { peer: Number(peer) }),
        ...(udp !== undefined && tcp !== undefined && { refused: { udp, tcp } }),
      },
    ];
  }
  return [];
};
