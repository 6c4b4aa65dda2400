import { sh } from '../../shell/sh.js';
import { type Fact, Unreadable } from '../../model/fact.js';

/** What Kubewizard sets, and what kubelet refuses to start without under protectKernelDefaults. */
const names = [
  'net.ipv4.ip_forward',
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
  'kernel.keys.root_maxkeys',
  'kernel.keys.root_maxbytes',
  'fs.inotify.max_user_instances',
  'fs.inotify.max_user_watches',
] as const;

export interface SysctlFacts {
  /** By name; a kernel that lacks one has no entry. */
  readonly values: Readonly<Record<string, string>>;
  /** /proc/sys/net can be written: false in some containers. */
  readonly writable: boolean;
  /** Files that switch forwarding off at the next boot, in the order in which systemd-sysctl reads them. */
  readonly forwardingOff: readonly string[];
}

/**
 * The live values, and what the next boot would make of the one that pods stand and fall with. By cat: dash's `read`
 * gets the first digit only.
 */
export const sysctls: Fact<SysctlFacts> = {
  id: 'sysctls',
  question: {
    ask: 'host',
    script: sh`for n in ${names}; do
  p=/proc/sys/$(echo "$n" | tr . /); [ ! -r "$p" ] || echo "value=$n $(cat "$p")"
done
[ ! -w /proc/sys/net/ipv4/ip_forward ] || echo writable=yes
for f in /usr/lib/sysctl.d/*.conf /run/sysctl.d/*.conf /etc/sysctl.d/*.conf /etc/sysctl.conf; do
  [ ! -e "$f" ] || \
! grep -q '^[[:space:]]*-\\{0,1\\}net[./]ipv4[./]ip_forward[[:space:]]*=[[:space:]]*0' "$f" || echo "off=$f"
done
echo end=1`,
  },
  parse(text) {
    if (!/^end=1$/m.test(text)) throw new Unreadable('sysctls', text, 'the answer was cut off');
    const values = Object.fromEntries(
      [...text.matchAll(/^value=(\S+) (.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]),
    );
    return {
      values,
      writable: /^writable=yes$/m.test(text),
      forwardingOff: [...text.matchAll(/^off=(.*)$/gm)].map(found => found[1] ?? ''),
    };
  },
};
