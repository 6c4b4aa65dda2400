import { type Fact, Unreadable } from '../../model/fact.js';
import { fields } from './fields.js';
import { sh } from '../../shell/sh.js';

export interface KernelFacts {
  readonly cgroup: 'v1' | 'v2' | 'hybrid';
  readonly controllers: readonly string[];
  /** Not there and not to be loaded. */
  readonly missing: readonly string[];
  /** Programs that kube-proxy, the CNI plugins and the overlay call. */
  readonly missingPrograms: readonly string[];
}

/**
 * Kernel features and the programs that use them. Whether a feature is there is asked three ways, since a built-in one
 * is in no list of modules, and a container sees no modules at all: what it shows in /proc and /sys, builtin, modinfo.
 */
export const kernel: Fact<KernelFacts> = {
  id: 'kernel',
  question: {
    ask: 'host',
    script: sh`if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo cgroup=v2; \
read -r c </sys/fs/cgroup/cgroup.controllers
else c=; while read -r n _ _ on; do [ "$on" != 1 ] || c="$c $n"; done </proc/cgroups
  if [ -d /sys/fs/cgroup/unified ]; then echo cgroup=hybrid; else echo cgroup=v1; fi; fi
echo "controllers=$c"
kw_has() { [ -e "$2" ] || [ -e "/sys/module/$1" ] || modinfo -n "$1" >/dev/null 2>&1 || echo "missing=$1"; }
grep -qw overlay /proc/filesystems || kw_has overlay /nowhere
kw_has br_netfilter /proc/sys/net/bridge/bridge-nf-call-iptables
kw_has nf_conntrack /proc/sys/net/netfilter/nf_conntrack_max
for p in ip iptables mount conntrack ethtool socat; do command -v "$p" >/dev/null 2>&1 || echo "program=$p"; done`,
  },
  parse(text) {
    const seen = fields(text);
    const cgroup = seen.get('cgroup');
    if (cgroup !== 'v1' && cgroup !== 'v2' && cgroup !== 'hybrid')
      throw new Unreadable('kernel', text, 'it does not say which cgroup version it has');
    const all = (name: string): readonly string[] =>
      [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(found => found[1] ?? '');
    return {
      cgroup,
      controllers: (seen.get('controllers') ?? '').split(/\s+/).filter(Boolean),
      missing: all('missing'),
      missingPrograms: all('program'),
    };
  },
};
