import { chartFact } from './chart-fact.js';
import { readStats, statLines } from './paths-stat.js';
import { redacting } from './hiding.js';
import { alsoOf, content, pick } from './prelude.js';
import { redact } from '../../model/redaction/redact.js';
import { raw, scripts, sh } from '../../shell/sh.js';

const globs = scripts(
  [
    sh`/etc/kubernetes/manifests/*`,
    sh`/etc/systemd/system/*.service`,
    sh`/etc/systemd/system/*.service.d/*.conf`,
    ...['/lib', '/usr/lib'].flatMap(root =>
      ['kubelet', 'containerd', 'docker', 'etcd'].flatMap(unit => [
        sh`${root}/systemd/system/${unit}.service`,
        sh`${root}/systemd/system/${unit}.service.d/*.conf`,
      ]),
    ),
    sh`/var/lib/kubelet/config.yaml`,
    sh`/var/lib/kubelet/kubeadm-flags.env`,
    sh`/etc/default/kubelet`,
    sh`/etc/sysconfig/kubelet`,
    sh`/etc/default/etcd`,
    // Where kubespray and KubeKey tell etcd what to do.
    sh`/etc/etcd.env`,
    sh`/var/lib/rancher/rke2/agent/pod-manifests/*.yaml`,
    sh`/etc/cni/net.d/*`,
    sh`/etc/containerd/certs.d/*/hosts.toml`,
    sh`/etc/docker/daemon.json`,
    sh`/etc/sysctl.conf`,
    sh`/etc/sysctl.d/*.conf`,
    sh`/usr/lib/sysctl.d/*.conf`,
    sh`/etc/modules-load.d/*.conf`,
    sh`/etc/resolv.conf`,
    sh`/run/systemd/resolve/resolv.conf`,
    sh`/etc/hosts`,
    sh`/etc/fstab`,
    sh`/run/flannel/subnet.env`,
    sh`/etc/apt/sources.list`,
    sh`/etc/apt/sources.list.d/*`,
    sh`/etc/yum.repos.d/*.repo`,
    // Whether runc itself is confined; their presence alone.
    sh`/etc/apparmor.d/*runc`,
    sh`/etc/apparmor.d/crun`,
    sh`/etc/apparmor.d/disable/*run*`,
    // Programs that the runtime executes: their modes.
    sh`/opt/cni/bin/*`,
    sh`/usr/lib/cni/*`,
    sh`/usr/libexec/cni/*`,
    sh`/usr/*bin/runc`,
    sh`/usr/local/*bin/runc`,
    sh`/usr/*bin/containerd-shim-runc-v2`,
    sh`/usr/local/*bin/containerd-shim-runc-v2`,
    sh`/etc/haproxy/*.cfg`,
    sh`/etc/keepalived/*.conf`,
    sh`/etc/keepalived/*/*.conf`,
    sh`/etc/systemd/network/*`,
    sh`/etc/environment`,
  ],
  ' ',
);

// In sh a `*` crosses slashes: kubeconfigs stay out, keepalived/keepalived.conf and a resolv.conf come along.
const wanted = sh`/proc/*|/sys/*|*/pki/*|*.crt|*.key|*.pem|*.pub|*.kubeconfig|*/.kube/*|\
/etc/kubernetes/[!k]*[!v].conf|/etc/kubernetes/k[!e]*.conf|/var/lib/kube-proxy/*.conf) ;; \
/etc/*|/run/*|/lib/*|/usr/lib/*|/var/lib/kubelet/*.yaml|/var/lib/kubelet/*.env|/var/lib/kube-proxy/*|\
*/etcd/config|*.yaml|*.yml|*.toml|*.json|*.cfg|/opt/cni/bin/*|/usr/libexec/cni/*|*/runc|*/containerd-shim-runc-v2`;

/**
 * Whose text comes along. Of anything else only its presence does: cloud configurations, token lists and what people
 * keep beside them are full of secrets in formats that nobody knows.
 */
const shown = scripts(
  [
    sh`/etc/kubernetes/manifests/*`,
    sh`/var/lib/rancher/rke2/agent/pod-manifests/*`,
    sh`/etc/kubernetes/network/*`,
    sh`/etc/kubernetes/*.env`,
    sh`/etc/etcd.env`,
    sh`/etc/etcd/*.env`,
    sh`*/etcd/config`,
    sh`*/containerd/config.toml`,
    sh`/etc/systemd/*`,
    sh`/lib/systemd/*`,
    sh`/usr/lib/systemd/*`,
    sh`/var/lib/kubelet/config.yaml`,
    sh`/var/lib/kubelet/*.env`,
    sh`/var/lib/kube-proxy/config*`,
    sh`/etc/default/*`,
    sh`/etc/sysconfig/*`,
    sh`/etc/cni/net.d/*`,
    sh`/etc/containerd/*`,
    sh`/etc/docker/daemon.json`,
    sh`/etc/crictl.yaml`,
    sh`/etc/sysctl*`,
    sh`/usr/lib/sysctl.d/*`,
    sh`/etc/modules-load.d/*`,
    sh`*resolv.conf`,
    sh`/etc/hosts`,
    sh`/etc/fstab`,
    sh`/etc/environment`,
    sh`/run/flannel/subnet.env`,
    sh`/etc/apt/*`,
    sh`/etc/yum.repos.d/*`,
    sh`/etc/haproxy/*.cfg`,
    sh`*/haproxy.cfg`,
    sh`/etc/keepalived/*.conf`,
    sh`*/keepalived.conf`,
  ],
  '|',
);

export const places = { wanted, usual: globs, shown };

/** Programs: nobody looks into them for text. */
const programs = sh`/opt/cni/*|/usr/lib/cni/*|/usr/libexec/cni/*|*/runc|*/crun|*/containerd-shim-runc-v2`;

/**
 * Files of any name that say themselves what they are: configurations of components, pods, resolv.conf. A kubeconfig is
 * of kind Config, and is none. In one line of JSON (k3s, RKE2) only what holds no other secrets than those of its keys.
 */
export const telling =
  '^[{ ]*"?kind"?: *"?(Pod|Policy|[A-Za-z]+Config(uration)?)"?,? *\r?$|^nameserver ' +
  '|^\\{("apiVersion": *"[^"]*", *)?"kind": *"EncryptionConfiguration" *[,}]';

export const files = chartFact({
  id: 'files',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 4 * 1024 * 1024,
    script: sh`${raw(pick(wanted, globs))}${raw(alsoOf(sh`$kw_settings`))}[ $# -gt 0 ] || exit 0
${raw(statLines)}kw_rest=; kw_texts=
for f; do case $f in *kubeconfig*|*.csv|${raw(programs)}) continue;; esac
kw_at=$f; [ ! -L "$f" ] || kw_at=$(readlink -f -- "$f") || continue
case $kw_at in ${raw(shown)}) case $f in ${raw(shown)}) kw_texts="$kw_texts
$f"; continue;; esac;; esac; kw_rest="$kw_rest
$f"; done
[ -z "$kw_rest" ] || kw_texts="$kw_texts
$(grep -lsE ${telling} -- $kw_rest)"
set -- $kw_texts
[ $# -gt 0 ] || exit 0
sha256sum -- "$@" 2>/dev/null | sed 's/^\\([0-9a-f]*\\)  /#sum \\1 /'
awk ${redacting} "$@"`,
  },
  parse: output => {
    const sums = new Map(
      [...output.matchAll(/^#sum ([0-9a-f]{64}) (.*)$/gm)].map(([, sum = '', path = '']) => [path, sum] as const),
    );
    const texts = new Map(content(output, 'file'));
    const whole = wholeIn(output);
    return [...readStats(output)].map(([path, stat]) => {
      const text = stat.size === 0 ? '' : texts.get(path);
      const cut = stat.size > 0 && sums.has(path) && !whole.has(path);
      return {
        path,
        ...stat,
        sha256: sums.get(path) ?? '',
        ...(cut ? { cut } : text !== undefined && isText(text) ? { text: redact(`${text}\n`) } : {}),
      };
    });
  },
});

/** Control characters other than tab, newline and carriage return make it something else. */
const isText = (text: string): boolean => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffd]/.test(text);

/** Paths whose last line came: an answer that breaks off, and a file that is too long, lack the mark. */
const wholeIn = (output: string): ReadonlySet<string> => {
  const found = new Set<string>();
  let path = '';
  for (const line of output.split('\n')) {
    if (line.startsWith('#file ')) path = line.slice('#file '.length);
    else if (line === '#whole') found.add(path);
  }
  return found;
};
