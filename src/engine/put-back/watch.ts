/**
 * What a host does by itself once the control machine was not heard in time, or where it booted meanwhile: it ends
 * whatever still acts, puts back what it kept, asks by the same gates, and writes down what it did.
 */
import { givesUp } from '../../model/resource.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { lifeboatPath, lifeboatUnit } from '../../shell/taken-back.js';
import type { Dirs } from '../context.js';
import { restoring } from './script.js';

/** A script of its own, for `sh`: exits 0 once the unit serves. */
export const gateText = (gates: readonly { readonly script: Script; readonly seconds: number }[]): Script =>
  scripts([
    sh`now() { read -r t rest </proc/uptime; t=\${t%.*}; }
serves() {
  now; last=$((t + $1))
  until ( eval "$2" ) >/dev/null 2>&1; do
    [ $? != ${givesUp} ] || return 1
    now; [ "$t" -lt "$last" ] || return 1
    sleep 0.5 2>/dev/null || sleep 1
  done
}`,
    ...gates.map(({ script, seconds }) => sh`serves ${Math.ceil(seconds)} ${script} || exit 1`),
    sh`exit 0`,
  ]);

/** The whole of `armed/back`. */
export const watchText = ({ home, scratch }: Dirs): Script => sh`#!/bin/sh
# Kubewizard: takes back a change that nobody confirmed. Written by kw, do not edit.
home=${home} scratch=${scratch} armed=${`${home}/armed`}
${raw(waiting)}
${raw(alone)}
${raw(acting)}`;

// What it was given is in memory: after a boot there is none, and nobody knows who is at work. It acts.
const waiting = sh`now() { read -r t rest </proc/uptime; t=\${t%.*}; }
why=boot
while [ -e "$armed/waiting" ]; do
  until=; [ ! -e "$scratch/armed-until" ] || read -r until <"$scratch/armed-until"
  [ -n "$until" ] || break
  why=silence
  now; [ "$t" -lt "$until" ] || break
  sleep 1
done
if [ ! -e "$armed/taking" ]; then
  [ -e "$armed/waiting" ] || exit 0
  echo "$why" >"$armed/why"
  mv -T "$armed/waiting" "$armed/taking" 2>/dev/null || exit 0
fi
why=; read -r why <"$armed/why"; now; began=$t
{ read -r run; read -r command; read -r owner; read -r at; } <"$armed/run"`;

/** A script whose control machine went silent may still act, or wait for a word; it is ended with all it has begun. */
const alone = sh`born() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${stat##*) }; shift 19; start=$1
}
below() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v top="$1" '{ id = $1; sub(/^.*\\) /, ""); up[id] = $2 }
END { for (id in up) { at = id; while (at != top && at in up && at > 1) at = up[at]; if (at == top) print id } }'
}
mkdir -p "$scratch" && chmod 700 "$scratch"
pid= then=; read -r pid then 2>/dev/null <"$scratch/script"
if [ -n "$then" ] && [ "$pid" != $$ ] && born "$pid" && [ "$start" = "$then" ]; then
  kill -s STOP "$pid" 2>/dev/null
  for each in $(below "$pid"); do kill -s KILL "$each" 2>/dev/null; done
fi
born $$; echo "$$ $start" >"$scratch/script"
rm -rf "$scratch/run"`;

const acting = sh`units=
for f in "$armed"/units/*; do
  [ -e "$f" ] || continue
  read -r ends <"$f"; units="$units \${f##*/}:$ends"
done
names=; for each in $units; do each=\${each%:*}; names="$names\${names:+, }\${each%.service}"; done
change="the change of $command ($owner, $at)"
case $why in
  boot) echo "$names: the host started anew before $change was confirmed; taking it back" ;;
  *) echo "$names: nobody confirmed $change in time; taking it back" ;;
esac
until ( ${raw(restoring)}
); do echo 'not everything could be put back; trying again in 10 s'; sleep 10; done
ok=1
for each in $units; do
  u=\${each%:*}
  [ -d "$home/before/$u" ] || continue
  sh "$armed/gates/$u" || { ok=0; echo "$u is put back, and does not serve"; }
done
now; seconds=$((t - began))
[ $ok = 0 ] || echo "$names: as before again, after $seconds s"
mkdir -p "$home/taken-back" &&
  printf '%s\\n' "at $(date -u +%Y-%m-%dT%H:%M:%SZ)" "changed $at" "why $why" "ok $ok" "seconds $seconds" \
"command $command" "owner $owner" "units $names" >"$home/taken-back/.new" &&
  sync && mv -fT "$home/taken-back/.new" "$home/taken-back/$run" || exit 1
# The oldest go: it is a note, no archive.
( cd "$home/taken-back" && ls -t | tail -n +11 | while IFS= read -r f; do rm -f "$f"; done )
[ $ok = 0 ] || for each in $units; do rm -rf "$home/before/\${each%:*}"; done
rm -f "$scratch/script" "$scratch/armed-until"
systemctl --no-reload -q disable ${lifeboatUnit}
rm -f ${lifeboatPath}
rm -rf "$armed"`;
