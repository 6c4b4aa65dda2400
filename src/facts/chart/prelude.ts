/** What several collectors need, found once per host: the paths that running components and manifests name. */
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { programs } from './chart-fact.js';

/** Lines that a file may hold are told from our own by a leading `=`. */
export const content = (output: string, mark: string): readonly (readonly [head: string, body: string])[] =>
  output.split(`\n#${mark} `).flatMap((part, index) => {
    const text = index === 0 ? (part.startsWith(`#${mark} `) ? part.slice(mark.length + 2) : undefined) : part;
    if (text === undefined) return [];
    const [head = '', ...lines] = text.split('\n');
    return [
      [
        head,
        lines
          .filter(line => line.startsWith('='))
          .map(line => line.slice(1))
          .join('\n'),
      ] as const,
    ];
  });

/** The kernel keeps fifteen characters of a program's name. */
export const comm = scripts(
  programs.map(name => sh`${name.slice(0, 15)}`),
  '|',
);

const named = sh`for p in /proc/[0-9]*; do IFS= read -r c <"$p/comm" && case $c in ${raw(comm)}) cat "$p/cmdline"; \
esac; done | tr '\\000' '\\n'
cat /etc/kubernetes/manifests/* /etc/systemd/system/kube*.service /etc/systemd/system/etcd.service \
/etc/systemd/system/kubelet.service.d/* /lib/systemd/system/kubelet.service.d/* \
/usr/lib/systemd/system/kubelet.service.d/* /var/lib/kubelet/config.yaml /var/lib/kube-proxy/config.yaml`;

/**
 * `kw_named` holds absolute paths, one a line; `kw_found` what lies in the known folders. Both within seconds: a
 * process whose argv cannot be read, or a folder on a server that is gone, would take all questions after them along.
 */
export const prelude = sh`export LC_ALL=C
kw_limit() { if command -v timeout >/dev/null 2>&1; then timeout -k 1 "$@"; else shift; "$@"; fi; }
kw_named=$(kw_limit 5 sh -c ${named} 2>/dev/null |
  grep -oE '(=|: )"?/[A-Za-z0-9_./-]+' | sed 's/^[=: "]*//' | sort -u | head -n 200)
kw_found=$(kw_limit 5 find /etc/kubernetes /var/lib/kubelet/pki /var/lib/kube-proxy /etc/etcd /etc/cni/net.d \
/etc/containerd /root/.kube -maxdepth 4 \\( -type f -o -type l \\) -size -512k 2>/dev/null | head -n 400)
export kw_named kw_found
`;

/**
 * Sets the positional parameters to existing files among `kw_named`, `kw_found` and \`globs\` whose name fits
 * \`pattern\`.
 */
export const pick = (pattern: Script, globs = sh`/nonexistent`): Script => sh`set -f; IFS='
'
kw_all="$kw_named
$kw_found"; set +f; for f in ${raw(globs)}; do kw_all="$kw_all
$f"; done; set -f
kw_list=
for f in $kw_all; do case $f in ${raw(pattern)}) [ -f "$f" ] && [ ! -L "\${f%/*}/..data" ] && case "
$kw_list
" in *"
$f
"*) ;; *) kw_list="$kw_list
$f";; esac;; esac; done
set -- $kw_list
`;
