/** Changes on hosts whose control plane stands in static pods: files written anew, containers that must start again. */
import type { Resource, ResourceId, Stage } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { sh } from '../../shell/quote.js';

interface Place { readonly host: string; readonly stage?: Stage; readonly after?: readonly ResourceId[]; readonly because: string }

/**
 * The process of a static pod shall be younger than every file that it reads. Where it is not, it is ended with TERM, and
 * the kubelet starts its container again: no manifest moves, so nothing is lost when the therapy is cut off here.
 */
export const restartedPod = (program: string, reads: readonly string[], { host, stage = 'control-plane', after = [], because }: Place): Resource<'residue', Wants['residue']> => ({
  kind: 'residue', host, key: `old ${program}`, stage, after, because,
  want: { risk: 'downtime', undo: 'needless', look: look(program, reads), remove: remove(program, reads) },
});

// Started: the directory /proc/PID carries the process's start as its mtime only until it is read anew, so stat field 22 and the boot time count.
const find = (program: string): string => sh`pid_of() { for p in /proc/[0-9]*; do
  IFS= read -r -d '' exe 2>/dev/null <"$p/cmdline" || exe=$(tr '\\0' '\\n' <"$p/cmdline" 2>/dev/null | head -n 1)
  [ "\${exe##*/}" = ${program} ] && echo "\${p#/proc/}"; done; }
started() { set -- $(sed 's/.*) //' "/proc/$1/stat"); shift 19; ticks=$1; set -- $(grep '^btime' /proc/stat); echo $(($2 + ticks / $(getconf CLK_TCK))); }
`.replace(`IFS= read -r -d '' exe 2>/dev/null <"$p/cmdline" || exe=`, 'exe=');

const look = (program: string, reads: readonly string[]): string => `${find(program)}for pid in $(pid_of); do s=$(started "$pid") || continue
  for f in ${sh`${reads}`}; do m=$(stat -L -c %Y -- "$f" 2>/dev/null) || continue
    if [ "$m" -gt "$s" ]; then echo ${sh`${program}`}" is older than $f"; fi; done; done`;

const remove = (program: string, reads: readonly string[]): string => `${look(program, reads).replace(/echo .*"; fi/, 'old="$old $pid"; fi')}
[ -n "$old" ] || exit 0
kill -TERM $old
n=0; while :; do
  now=$(pid_of)
  case " $old " in *" \${now:-none} "*) ;; *) [ -z "$now" ] || exit 0;; esac
  n=$((n+1)); [ "$n" -lt 120 ] || { echo "the kubelet did not start ${program} again within two minutes" >&2; exit 1; }
  sleep 1
done`;
