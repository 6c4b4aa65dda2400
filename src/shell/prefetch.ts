/**
 * What many questions of one host need is asked of it once, by one command for all: a script finds it in a variable,
 * and asks for itself where the variable is empty (asked alone, no awk, a name that is out of the ordinary).
 */
import { createHash } from 'node:crypto';
import type { Prefetch } from '../model/fact.js';
import { type Script, scripts, sh } from './sh.js';

export const unitProperties = [
  'ActiveState',
  'SubState',
  'UnitFileState',
  'LoadState',
  'ExecMainStartTimestamp',
  'DropInPaths',
] as const;

/** The variable with `MODE USER:GROUP SIZE SHA256`. */
export const knownFile = (path: string): Script => sh`kw_file_${digest(path)}`;
/** The variable with what `systemctl show` prints of `unitProperties`, a line each. */
export const knownUnit = (unit: string): Script => sh`kw_unit_${digest(unit)}`;

// Thousands of hosts have the same few names.
const digests = new Map<string, string>();
const digest = (text: string): string => {
  const known = digests.get(text) ?? createHash('sha256').update(text).digest('hex').slice(0, 16);
  digests.set(text, known);
  return known;
};

/** The script that fills the variables. '' where nothing is asked. */
export const prefetch = (all: readonly Prefetch[]): Script => {
  const files = [...new Set(all.flatMap(one => one.files ?? []))].filter(path => !/\s/.test(path));
  const units = [...new Set(all.flatMap(one => one.units ?? []))].filter(unit => /^[\w@:.-]+$/.test(unit));
  return scripts([...(files.length > 1 ? [ofFiles(files)] : []), ...(units.length > 1 ? [ofUnits(units)] : [])]);
};

// What awk prints is evaluated: nothing but digits, plain names and a digest passes.
const fileReader = `
$1 == "N" { name[$3] = $2 }
$1 == "S" && $2 ~ /^[0-7]+$/ && $3 ~ /^[A-Za-z0-9._-]+:[A-Za-z0-9._-]+$/ && $4 ~ /^[0-9]+$/ {
  state[$5] = $2 " " $3 " " $4
}
NF == 2 && length($1) == 64 && $1 !~ /[^0-9a-f]/ { sum[$2] = $1 }
END { for (path in name) if (path in state && path in sum) print name[path] "=\\"" state[path] " " sum[path] "\\"" }`;

const ofFiles = (paths: readonly string[]): Script => sh`kw_files() {
  for p; do shift; [ -f "$p" ] && [ ! -L "$p" ] && set -- "$@" "$p"; done
  [ $# -eq 0 ] || { stat -c 'S %a %U:%G %s %n' -- "$@"; sha256sum -- "$@"; }
}
eval "$({ printf 'N %s %s\\n' ${paths.flatMap(path => [knownFile(path), path])}
kw_files ${paths}; } 2>/dev/null </dev/null | LC_ALL=C awk ${fileReader})"`;

// An empty line stands between units; one that goes by another name is left to its own question. Its Id goes: asked
// alone, a unit is not asked for it, and an answer must be the same to the byte, else a step takes it for a change
// (src/engine/run/host-session.ts).
const unitReader = (units: readonly string[]): string => `
BEGIN { RS = ""; FS = "\\n"; ${units.map(unit => `name["Id=${unit}"] = "${knownUnit(unit)}"`).join('; ')} }
index($0, "\\047") == 0 {
  id = ""; said = ""
  for (i = 1; i <= NF; i++) if ($i ~ /^Id=/) id = $i; else said = said (said == "" ? "" : "\\n") $i
  if (id in name) print name[id] "=\\047" said "\\047"
}`;

const ofUnits = (
  units: readonly string[],
): Script => sh`eval "$(TZ=UTC systemctl show -p Id ${unitProperties.flatMap(one => ['-p', one])} -- ${units} \
2>/dev/null </dev/null |
LC_ALL=C awk ${unitReader(units)})"`;
