/**
 * A host as it was before its turn: the files, then what had been started anew. However often it runs, and wherever it
 * was cut off: what was kept goes only once the gate was passed.
 */
import { raw, type Script, sh } from '../../shell/sh.js';
import type { Dirs } from '../context.js';
import { disarm } from '../script/disarm.js';

interface PutBackUnit {
  readonly unit: string;
  /** Seconds that it takes to end once it serves. */
  readonly endsIn: number;
}

/** What was kept of these units, a line each. */
export const askBefore = (units: readonly string[], { home }: Pick<Dirs, 'home'>): Script =>
  sh`for u in ${units}; do [ ! -d ${`${home}/before`}/"$u" ] || echo "$u"; done`;

/** Also of a host that would do it by itself: it need not any more. */
export const forget = (units: readonly string[], { home, scratch }: Dirs): Script =>
  sh`kw_home=${home} kw_scratch=${scratch}
for u in ${units}; do rm -rf ${`${home}/before`}/"$u" || exit 1; done
${raw(disarm)}
kw_disarm ${units.join(' ')}
:`;

export const restore = (units: readonly PutBackUnit[], run: string, { home, scratch }: Dirs): Script =>
  sh`home=${home} scratch=${scratch} run=${run}
units=${units.map(({ unit, endsIn }) => `${unit}:${Math.ceil(endsIn)}`).join(' ')}
${raw(restoring)}`;

// A file is renamed into its place: nobody reads half of it. What is as it was needs no room on a disk that is full.
const files = sh`alike() {
  if [ -h "$1" ] || [ -h "$2" ]; then [ "$(readlink "$1")" = "$(readlink "$2")" ]; return; fi
  [ -f "$2" ] && [ "$(stat -c '%f %u %g %Y' "$1")" = "$(stat -c '%f %u %g %Y' "$2")" ] && cmp -s "$1" "$2"
}
put() { new="\${2%/*}/.kw-new.\${2##*/}"
  alike "$1" "$2" && return 0
  mkdir -p "\${2%/*}" && rm -rf "$new" && cp -a "$1" "$new" && mv -fT "$new" "$2" && return 0
  rm -rf "$new"; echo "cannot write $2"; return 1
}
files() {
  ( cd "$b/files" && find . ! -type d ) | \
while IFS= read -r f; do put "$b/files/\${f#./}" "/\${f#./}" || exit 1; done || return 1
  ( cd "$b/absent" && find . ! -type d ) | while IFS= read -r f; do rm -f "/\${f#./}" || exit 1; done || return 1
  sync
}`;

/**
 * Who was not started since is left alone: a member of etcd that its guard kept running must not be restarted now. Its
 * record is written anew, since the files are those of before and still others. What never served is not waited for
 * when it is ended; of containerd the containers stay.
 */
const starting = sh`recorded() {
  rm -f "$records/$u.next"
  [ -e "$b/started" ] || return 0
  kept=; IFS= read -r kept <"$b/started"
  set -f; IFS='|'; set --; for mark in $kept; do set -- "$@" "\${mark%=*}"; done; unset IFS; set +f
  mkdir -p "$records" || return 1
  { [ $# = 0 ] || stat -L --printf='%n=%i:%s:%.Y|' -- "$@" 2>/dev/null; echo; } >"$records/$u.next"
}
same() {
  [ "$(systemctl show -p InvocationID "$u")" = "$(grep '^InvocationID=' "$b/unit")" ] || return 1
  if [ -e "$b/started" ]; then cmp -s "$b/started" "$records/$u"; else [ ! -e "$records/$u" ]; fi
}
back() {
  recorded || return 1
  if same; then systemctl reset-failed "$u" 2>/dev/null
  else
    timeout "$grace" systemctl stop "$u" ||
      { systemctl kill --kill-who=main -s KILL "$u"; timeout 20 systemctl stop "$u"; }
    systemctl reset-failed "$u" 2>/dev/null
    systemctl --no-block start "$u" || return 1
    rm -f "$records/$u"
  fi
  [ ! -e "$records/$u.next" ] || mv -f "$records/$u.next" "$records/$u"
}`;

/** `$units`, each with the seconds in which it ends, as before their turn in `$run`; below `$home` and `$scratch`. */
export const restoring = sh`before=$home/before records=$scratch/started todo=
${raw(files)}
${raw(starting)}
for each in $units; do
  u=\${each%:*} grace=10; b=$before/$u
  [ -d "$b" ] || continue
  was=; read -r was <"$b/run"
  if [ -e "$b/passed" ]; then
    # What it once was, of an earlier run: it serves since.
    [ "$was" = "$run" ] || { rm -rf "$b"; continue; }
    grace=$((10 + \${each##*:}))
  fi
  rm -f "$b/passed" && files || exit 1
  todo="$todo $u:$grace"
done
systemctl daemon-reload || exit 1
for each in $todo; do
  u=\${each%:*} grace=\${each##*:}; b=$before/$u
  back || exit 1
done`;
