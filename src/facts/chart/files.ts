import { defineCollector } from './collector.js';
import { readStats, statLines } from './paths-stat.js';
import { content, pick } from './prelude.js';
import { redact } from './redact.js';
import { quote } from '../../shell/quote.js';

const globs = [
  '/etc/kubernetes/manifests/*', '/etc/systemd/system/*.service', '/etc/systemd/system/*.service.d/*.conf',
  ...['/lib', '/usr/lib'].flatMap(root => ['kubelet', 'containerd', 'docker', 'etcd'].flatMap(unit => [`${root}/systemd/system/${unit}.service`, `${root}/systemd/system/${unit}.service.d/*.conf`])),
  '/var/lib/kubelet/config.yaml', '/var/lib/kubelet/kubeadm-flags.env', '/etc/default/kubelet', '/etc/sysconfig/kubelet', '/etc/default/etcd', '/etc/cni/net.d/*', '/etc/containerd/certs.d/*/hosts.toml', '/etc/docker/daemon.json',
  '/etc/sysctl.conf', '/etc/sysctl.d/*.conf', '/usr/lib/sysctl.d/*.conf', '/etc/modules-load.d/*.conf', '/etc/resolv.conf', '/run/systemd/resolve/resolv.conf', '/etc/hosts', '/etc/fstab', '/run/flannel/subnet.env',
  '/etc/apt/sources.list', '/etc/apt/sources.list.d/*', '/etc/haproxy/haproxy.cfg', '/etc/keepalived/keepalived.conf', '/etc/systemd/network/*', '/etc/environment',
].join(' ');

// In sh a `*` crosses slashes: kubeconfigs stay out, keepalived/keepalived.conf comes along.
const wanted = '/proc/*|/sys/*|*/pki/*|*.crt|*.key|*.pem|*.pub|*.kubeconfig|*/.kube/*|/etc/kubernetes/[!k]*.conf|/etc/kubernetes/k[!e]*.conf|/var/lib/kube-proxy/*.conf) ;; /etc/*|/run/*|/lib/*|/usr/lib/*|/var/lib/kubelet/*.yaml|/var/lib/kubelet/*.env|/var/lib/kube-proxy/*|*.yaml|*.yml|*.toml|*.json|*.cfg';

/** Prints each line behind a `=`; keys stay on the host, and of an encryption key only a digest goes. */
const redacting = `
FNR == 1 { key = 0; print "#file " FILENAME }
FNR > 4000 || length($0) > 16384 { next }
/-----BEGIN [A-Z ]*PRIVATE KEY/ { key = 1; print "=REDACTED"; next }
key { if (/-----END/) key = 0; next }
match($0, /^[ \\t-]*"?secret"?:[ \\t]*/) {
  head = substr($0, 1, RLENGTH); value = substr($0, RLENGTH + 1); gsub(/["' \\t\\r,]/, "", value)
  if (value ~ /^[A-Za-z0-9+\\/=]+$/) { command = "printf %s '" value "' | sha256sum"; command | getline digest; close(command); sub(/ .*/, "", digest); print "=" head "sha256:" digest; next }
  if (value != "") { print "=" head "REDACTED"; next }
}
/(token|password|passwd|auth_pass|client-key-data|client-secret)["']?[ \\t]*[:= ]/ && !/initial-cluster-token/ {
  match($0, /(token|password|passwd|auth_pass|client-key-data|client-secret)["']?[ \\t]*[:= ]/)
  print "=" substr($0, 1, RSTART + RLENGTH - 1) (substr($0, RSTART + RLENGTH) ~ /[^ \\t]/ ? "REDACTED" : ""); next
}
{ print "=" $0 }`;

export const files = defineCollector({
  section: 'files', seconds: 5, bytes: 4 * 1024 * 1024,
  script: `${pick(wanted, globs)}[ $# -gt 0 ] || exit 0
${statLines}sha256sum -- "$@" 2>/dev/null | sed 's/^\\([0-9a-f]*\\)  /#sum \\1 /'
awk ${quote(redacting)} "$@"`,
  read: output => {
    const sums = new Map([...output.matchAll(/^#sum ([0-9a-f]{64}) (.*)$/gm)].map(([, sum = '', path = '']) => [path, sum] as const));
    const texts = new Map(content(output, 'file'));
    return [...readStats(output)].map(([path, stat]) => {
      const text = stat.size === 0 ? '' : texts.get(path);
      return { path, ...stat, sha256: sums.get(path) ?? '', ...text !== undefined && isText(text) ? { text: redact(`${text}\n`) } : {} };
    });
  },
});

/** Control characters other than tab, newline and carriage return make it something else. */
const isText = (text: string): boolean => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffd]/.test(text);
