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

/** Files in which others are named: what starts components, and the configurations at their usual places. */
export const naming = [
  sh`/etc/kubernetes/manifests/*`,
  sh`/var/lib/rancher/rke2/agent/pod-manifests/*`,
  sh`/etc/systemd/system/kube*.service`,
  sh`/etc/systemd/system/etcd.service`,
  sh`/etc/systemd/system/kubelet.service.d/*`,
  sh`/lib/systemd/system/kubelet.service.d/*`,
  sh`/usr/lib/systemd/system/kubelet.service.d/*`,
  sh`/var/lib/kubelet/config.yaml`,
  sh`/var/lib/kube-proxy/config.yaml`,
] as const;

/** Whatever a component is started with may name others in its turn. */
export const namingToo = sh`*.yaml|*.yml|*.json|*.conf|*.env|*.toml|*/config`;
/** Files of balancers, in a folder that their pods mount. */
export const mounted = ['haproxy.cfg', 'keepalived.conf'] as const;

/** A value of its own word comes behind its flag: `--config`, and then the path. */
export const namedPath = '(^|=|: |- )"?/[A-Za-z0-9_./-]+';
export const namedKubeconfig = 'kubeconfig(=|: )"?/[A-Za-z0-9_./-]+';
export const namedConfig = '(^|[ "])--?config=/[A-Za-z0-9_./-]+';

/** In these everything is found that fits. */
export const folders = [
  ...['/etc/kubernetes', '/var/lib/kubelet/pki', '/var/lib/kube-proxy', '/etc/etcd', '/etc/cni/net.d'],
  ...['/etc/containerd', '/root/.kube'],
] as const;

/** A pod of the API calls its programs as it likes, and would name us files of its host: it names nothing. */
const ofTheApi = 'pod[0-9a-f]{8}[-_][0-9a-f]{4}[-_]';

const argv = sh`{ for p in /proc/[0-9]*; do IFS= read -r c <"$p/comm" && case $c in ${raw(comm)}) \
grep -qsE ${ofTheApi} "$p/cgroup" || cat "$p/cmdline"; esac; done | tr '\\000' '\\n'
cat ${raw(scripts(naming, ' '))}; } | awk '/^--?[a-z][a-z-]*$/ { printf "%s=", $0; next } { print }'`;
const more = sh`while IFS= read -r f; do
if [ -d "$f" ]; then for g in ${mounted}; do [ ! -f "$f/$g" ] || echo "$f/$g"; done
else case $f in ${raw(namingToo)}) [ ! -f "$f" ] || head -c 65536 -- "$f"; echo;; esac; fi
done`;
const bare = raw(sh`sed 's/^[^/]*//' | sort -u | head -n 40`);
const paths = raw(sh`grep -oE ${namedPath} | sed 's/^[-=: "]*//' | sort -u | head -n 200`);

/**
 * `kw_named` holds absolute paths, one a line, `kw_configs` those of kubeconfigs among them, `kw_settings` what
 * `--config` names; `kw_found` what lies in the known folders. All within seconds: a process whose argv cannot be read,
 * or a folder on a server that is gone, would take all questions after them along.
 */
export const prelude = sh`export LC_ALL=C
kw_limit() { if command -v timeout >/dev/null 2>&1; then timeout -k 1 "$@"; else shift; "$@"; fi; }
kw_said=$(kw_limit 5 sh -c ${argv} 2>/dev/null)
kw_named=$(printf '%s\\n' "$kw_said" | ${paths})
kw_more=$(printf '%s\\n' "$kw_named" | kw_limit 5 sh -c ${more} 2>/dev/null)
kw_configs=$(printf '%s\\n' "$kw_said" "$kw_more" | grep -oE ${namedKubeconfig} | ${bare})
kw_settings=$(printf '%s\\n' "$kw_said" | grep -oE -e ${namedConfig} | ${bare})
kw_named="$kw_named
$(printf '%s\\n' "$kw_more" | ${paths})"
kw_found=$(kw_limit 5 find ${folders} -maxdepth 4 \\( -type f -o -type l \\) -size -512k 2>/dev/null | head -n 400)
export kw_named kw_found kw_configs kw_settings
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

/** Behind `pick`: whatever a flag says to be one, by any name. */
export const alsoOf = (list: Script): Script => sh`for f in ${raw(list)}; do [ ! -f "$f" ] || case "
$*
" in *"
$f
"*) ;; *) set -- "$@" "$f";; esac; done
`;
