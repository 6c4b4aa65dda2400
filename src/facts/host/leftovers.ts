import { type Fact, Unreadable } from '../../model/fact.js';
import { count, fields } from './fields.js';
import { sh } from '../../shell/sh.js';

export interface LeftoverFacts {
  /** Kubewizard has been here: what follows is then its own. */
  readonly ours: boolean;
  /** Paths of another cluster's files. */
  readonly kubernetes: readonly string[];
  /** CNI configurations that are not Kubewizard's. */
  readonly cni: readonly string[];
  /** Rules of kube-proxy and overlays in iptables. */
  readonly iptablesRules: number;
}

/** What an earlier cluster left behind. */
export const leftovers: Fact<LeftoverFacts> = {
  id: 'leftovers',
  question: {
    ask: 'host',
    script: sh`[ ! -d /var/lib/kubewizard/owned ] || echo ours=yes
for f in /etc/kubernetes/*.conf /etc/kubernetes/manifests/*.yaml /var/lib/etcd/member /etc/rancher /var/lib/k0s \
/var/snap/microk8s; do [ ! -e "$f" ] || echo "kubernetes=$f"; done
for f in /etc/cni/net.d/*.conf /etc/cni/net.d/*.conflist; do case $f in *kubewizard*) ;; *) [ ! -e "$f" ] || \
echo "cni=$f";; esac; done
if command -v iptables-save >/dev/null 2>&1; \
then echo "rules=$(iptables-save 2>/dev/null | grep -c -e '^-A KUBE-' -e '^-A cali-' -e '^-A FLANNEL')"; fi
echo end=1`,
  },
  parse(text) {
    const seen = fields(text);
    if (!seen.has('end')) throw new Unreadable('leftovers', text, 'the answer was cut off');
    const all = (name: string): readonly string[] =>
      [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(found => found[1] ?? '');
    return {
      ours: seen.has('ours'),
      kubernetes: all('kubernetes'),
      cni: all('cni'),
      iptablesRules: count(seen.get('rules')) ?? 0,
    };
  },
};
