/** Whether a static pod's program is older than its files, and the wait until it runs anew. */
import { raw, type Script, sh } from '../../shell/sh.js';

// Started: the directory /proc/PID carries the process's start as its mtime only until it is read anew, so stat field
// 22 counts. In hundredths of a second: in whole ones a process that starts within two seconds after the file's change
// would be older than it for good.
export const find = (program: string, reads: readonly string[]): Script => sh`program=${program}
comm=$(printf %.15s "$program")
pids() { for p in /proc/[0-9]*; do
  { read -r c <"$p/comm"; } 2>/dev/null && [ "$c" = "$comm" ] || continue
  exe=$({ tr '\\0' '\\n' <"$p/cmdline" | head -n 1; } 2>/dev/null)
  [ "\${exe##*/}" != "$program" ] || echo "\${p#/proc/}"; done; }
booted() { read -r up rest </proc/uptime; echo $(($(date +%s%2N) - \${up%.*}\${up#*.})); }
since() { set -- $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null); [ $# -gt 19 ] || return 1; shift 19; \
echo $((boot + $1 * 100 / $(getconf CLK_TCK))); }
outdated() { boot=$(booted); for pid in $(pids); do s=$(since "$pid") || continue
  for f in ${reads}; do m=$(stat -L -c %.2Y -- "$f" 2>/dev/null) || continue
    [ "\${m%.*}\${m#*.}" -le "$s" ] || echo "$pid $f"; done; done; }
`;

/** A kubelet that does not run starts nothing: that is another illness, and its therapy starts the pod with it. */
const stale = sh`[ -n "$(pids)" ] || echo "$program does not run"
outdated | sed "s/^[0-9]*/$program is older than/"`;
export const running = sh`systemctl is-active --quiet kubelet || exit 0
${raw(stale)}`;

/**
 * One process must have lasted for five seconds: a kubelet may start the new pod while the old one still holds its
 * port, and the new process ends at once. A container that ended several times is held back, for up to five minutes
 * (CrashLoopBackOff). A kubelet that was started anew has forgotten that, and leaves running containers alone. It also
 * sees a manifest that it has missed.
 */
export const awaited = sh`n=0; lasted=0; last=; until [ "$lasted" -ge 5 ]; do
  now=$(pids); if [ -n "$now" ] && [ "$now" = "$last" ] && [ -z "$(outdated)" ]; then lasted=$((lasted+1)); \
else lasted=0; fi; last=$now
  n=$((n+1)); [ "$n" -lt 180 ] || { { echo "the kubelet did not start $program again within three minutes:"
    ${raw(stale)}; } >&2; exit 1; }
  if [ $((n % 45)) = 30 ] && { [ -z "$now" ] || [ "$n" -gt 60 ]; }; then systemctl restart kubelet; fi
  sleep 1
done`;
