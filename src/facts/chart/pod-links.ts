import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import type { PodLinksSeen } from './host-chart.js';
import { sh } from '../../shell/sh.js';

/** Whose links are a pod network's: bridges, ends of pods, overlays. */
const ofPods = /^(?:cni\d+|veth[\w.]*|cali[\w.]*|lxc[\w.]*|cilium_\w+|flannel[\w.-]*|vxlan[\w.-]*|tunl0|kw\.vxlan)$/;

/** Asked over netlink: what stands below /sys can be another network namespace's, where a host is a container. */
const indexed = 's/^\\([0-9]*\\): \\([^:@ ]*\\)[:@].*/index \\2 \\1/p';
const networkd = 's|^/run/systemd/netif/links/|networkd |;s|:ADMIN_STATE=| |';

/**
 * Of networkd its own state files, since networkctl asks over D-Bus; of NetworkManager what nmcli says, where it runs.
 * Which reservations of host-local nobody uses the kernel tells: each living container's id stands in the cgroup of a
 * process or in its shim's command line, whatever the runtime is.
 */
export const podLinks = chartFact({
  id: 'podLinks',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 256 * 1024,
    script: sh`ip -o link show 2>/dev/null | sed -n ${indexed}
grep -H '^ADMIN_STATE=' /run/systemd/netif/links/* 2>/dev/null | sed ${networkd}
[ ! -d /run/NetworkManager ] || ! command -v nmcli >/dev/null || \
timeout 2 nmcli -t -f DEVICE,STATE device 2>/dev/null | head -n 2000 | sed 's/^/manager /'
! command -v ethtool >/dev/null || ip -o link show type vxlan 2>/dev/null | sed 's/^[0-9]*: //;s/[:@].*//' | \
head -n 8 | while read -r l; do ethtool -k "$l" 2>/dev/null | sed -n "s/^tx-checksum-ip-generic: /offload $l /p"; done
cd /var/lib/cni/networks 2>/dev/null || { echo '#end'; exit 0; }
cat /proc/[0-9]*/cgroup /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' '\\n' | \
grep -oE '[0-9a-f]{64}' | sort -u | sed 's/^/lives /'
for d in */; do d=\${d%/}; [ -d "$d" ] || continue
echo "held $d $(ls "$d" 2>/dev/null | grep -c '^[0-9]')"
find "$d" -maxdepth 1 -type f -name '[0-9]*' -exec head -qn 1 {} + 2>/dev/null | tr -d '\\r' | sed "s|^|for $d |"; done
echo '#end'`,
  },
  parse: output => {
    if (!/^#end$/m.test(output)) throw new NotSeen('the answer is cut off');
    return {
      managed: managedIn(output),
      checksumOffload: Object.fromEntries(
        [...output.matchAll(/^offload (\S+) (on|off)\b/gm)].map(([, link = '', state]) => [link, state === 'on']),
      ),
      held: heldIn(output),
    };
  },
});

const managedIn = (output: string): PodLinksSeen['managed'] => {
  const names = new Map(
    [...output.matchAll(/^index (\S+) (\d+)$/gm)].map(([, name = '', index = '']) => [index, name] as const),
  );
  const byNetworkd = [...output.matchAll(/^networkd (\d+) (\S+)$/gm)].map(([, index = '', state = '']) => ({
    link: names.get(index) ?? '',
    by: 'systemd-networkd' as const,
    state,
  }));
  const byManager = [...output.matchAll(/^manager ((?:[^:\\\n]|\\.)+):([^:\n]+)$/gm)].map(
    ([, link = '', state = '']) => ({
      link: link.replace(/\\(.)/g, '$1'),
      by: 'NetworkManager' as const,
      state,
    }),
  );
  return [
    ...byNetworkd.filter(one => /^config/.test(one.state)),
    // "connected (externally)": it only looks on.
    ...byManager.filter(one => /^connect(?:ed|ing)(?! \(externally\))/.test(one.state)),
  ].filter(one => ofPods.test(one.link));
};

/** Only an id of a container can be found among those that live: others (of tools, of tests) are never stale. */
const heldIn = (output: string): PodLinksSeen['held'] => {
  const lives = new Set([...output.matchAll(/^lives ([0-9a-f]{64})$/gm)].map(([, id = '']) => id));
  const owners = [...output.matchAll(/^for (\S+) ([0-9a-f]{64})$/gm)];
  return Object.fromEntries(
    [...output.matchAll(/^held (\S+) (\d+)$/gm)].map(([, network = '', addresses]) => [
      network,
      {
        addresses: Number(addresses),
        stale: owners.filter(([, of, id = '']) => of === network && !lives.has(id)).length,
      },
    ]),
  );
};
