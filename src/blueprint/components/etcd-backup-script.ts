/**
 * What a host of etcd does for its backups: `take` one, `prove` one, `list` them. The timer has it as a file, and `kw
 * backup` sends the same text: what is taken at night is taken as by hand.
 */
import type { Host } from '../../model/cluster.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { etcdClientPort } from '../../model/components.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { bin, etcdSnapshots, own, pki } from '../render/paths.js';
import { salvageText } from './etcd-salvage-script.js';
import { proveText } from './etcd-proof-script.js';

/** Every six hours for three days: what was deleted on Friday evening is there on Monday. */
export const snapshotHours = 6;
export const kept = { timer: 12, manual: 5 } as const;

export const etcdDataDir = (spec: Pick<ClusterSpec, 'components'>): string =>
  String(spec.components.etcd.extraArgs['data-dir'] ?? '/var/lib/etcd');

export type BackupVerb =
  /** Prints the new one's record. Exit code 4: it is there, and does not restore. */
  | { readonly verb: 'take'; readonly by: 'timer' | 'manual' }
  /** Prints its record. Exit code 4: it does not restore. */
  | { readonly verb: 'prove'; readonly path: string }
  /** Stops etcd of this host, and makes a backup of a copy of its data. Exit code 5: it has none. */
  | { readonly verb: 'salvage' }
  /** Prints the hash of what a backup held at a revision, and the compacted one. */
  | { readonly verb: 'hash'; readonly path: string; readonly revision: number }
  /** A line for each: what it is by its own bytes, sum, size, instant, record, path. */
  | { readonly verb: 'list' };

interface Place {
  readonly host: Pick<Host, 'address'>;
  readonly spec: Pick<ClusterSpec, 'components'>;
  /** Where things lie; for tests. */
  readonly at?: { readonly folder: string; readonly other: string; readonly bin: string; readonly pki: string };
}

/** As it is sent to a host. */
export const backupCommand = (place: Place, verb: BackupVerb): Script =>
  scripts([sh`set -- ${verb.verb} ${wordsOf(verb)}`, backupScript(place)]);

const wordsOf = (verb: BackupVerb): readonly (string | number)[] =>
  'revision' in verb ? [verb.path, verb.revision] : 'path' in verb ? [verb.path] : 'by' in verb ? [verb.by] : [];

/** As it lies on a host. */
export const backupFile = (place: Place): string =>
  `#!/bin/sh\n# Kubewizard: backups of etcd: take, prove, list. Written by kw, do not edit.\n${backupScript(place)}\n`;

export const usualPlaces = { folder: etcdSnapshots, other: `${own}/backup`, bin, pki: `${pki}/etcd` };

const backupScript = ({ host, spec, at = usualPlaces }: Place): Script => sh`set -u
umask 077
export ETCDCTL_API=3
folder=${at.folder} other=${at.other} data=${etcdDataDir(spec)}
live=${`https://${host.address}:${etcdClientPort}`} bin=${at.bin} pki=${at.pki}
${raw(sharedText)}
${raw(proveText)}
${raw(salvageText)}
${raw(takeText)}
${raw(listText)}
case \${1:-} in
take) take "\${2:-timer}" ;;
prove) locked && prove "$2" '' '' ;;
list) list ;;
salvage) salvage ;;
hash) hash_at "$2" "$3" ;;
*) echo "usage: $0 take [manual] | prove FILE | list" >&2; exit 64 ;;
esac`;

/** Its last 32 bytes are the SHA-256 of all before, and before them stand whole pages. */
const sharedText: Script = sh`ctl() { at=$1; shift; "$bin/etcdctl" "--endpoints=$at" "--cacert=$pki/ca.crt" \
"--cert=$pki/healthcheck-client.crt" "--key=$pki/healthcheck-client.key" "$@"; }
number() { sed -n "s/.*\\"$1\\":\\"\\{0,1\\}\\(-\\{0,1\\}[0-9][0-9]*\\).*/\\1/p" | head -n 1; }
field() { sed -n "s/^\\"$1\\" : \\([0-9][0-9]*\\)\$/\\1/p" | head -n 1; }
whole() {
  size=$(wc -c <"$1")
  if [ "$size" -eq 0 ]; then echo empty
  elif [ "$(head -c -32 "$1" | sha256sum | cut -d ' ' -f 1)" = "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \\n')" ]
  then echo yes
  elif [ $(((size - 32) % 4096)) -ne 0 ]; then echo cut
  else echo changed; fi
}
free_kib() { df -Pk "$1" | awk 'NR == 2 { print $4 }'; }
# One at a time: two proofs at once would need twice the memory.
locked() {
  mkdir -p "$folder" && chmod 0700 "$folder" || return 1
  ! command -v flock >/dev/null || { exec 9>"$folder/.lock" && flock -w 600 9; }
}`;

const takeText: Script = sh`take() {
  locked || { echo "no backup: another one is under way on this host" >&2; exit 1; }
  name=etcd keep=${kept.timer}
  [ "$1" != manual ] || { name=manual keep=${kept.manual}; }
  rm -rf "$folder"/*.part "$folder"/.proof.*
  needed=$(( $(du -sk "$data/member/snap" | cut -f1) * 2 + 196608 ))
  free=$(free_kib "$folder")
  if [ "$free" -lt "$needed" ]; then
    echo "no backup: $free KiB are free in $folder, and $needed are needed to take and prove one" >&2
    exit 1
  fi
  if ctl "$live" --command-timeout=5s endpoint status -w json 2>/dev/null | grep -q '"isLearner":true'; then
    echo "no backup: etcd on this host is a learner, which may lack what others have" >&2
    exit 1
  fi
  snapshot=$folder/$name-$(date -u +%Y%m%dT%H%M%SZ).db
  ctl "$live" --command-timeout=5m snapshot save "$snapshot.part" >/dev/null 2>&1 || {
    rm -f "$snapshot.part"
    echo "no backup: etcd on this host did not give a snapshot" >&2
    exit 1
  }
  if [ "$(whole "$snapshot.part")" != yes ]; then
    echo "no backup: the snapshot that etcd gave is not whole, and is thrown away" >&2
    rm -f "$snapshot.part"
    exit 1
  fi
  sync "$snapshot.part" 2>/dev/null || sync
  mv "$snapshot.part" "$snapshot"
  if [ "$1" = manual ]; then prove "$snapshot" "$live" ''; else prove "$snapshot" "$live" quiet; fi
  code=$?
  ls -1 "$folder" | grep "^$name-.*[.]db\\$" | sort -r | tail -n +$((keep + 1)) |
    while read -r old; do rm -f "$folder/$old" "$folder/$old.json"; done
  exit $code
}`;

/** Read from the first byte to the last: what was proven once may have been damaged since. */
const listText: Script = sh`list() {
  for file in "$folder"/*.db "$folder"/*.db.part "$other"/*.db; do
    [ -f "$file" ] || continue
    case \${file##*/} in *[!A-Za-z0-9._-]*) continue ;; esac
    record=-
    [ ! -s "$file.json" ] || record=$(head -c 4096 "$file.json" | base64 | tr -d '\\n')
    case $file in *.part) state=unfinished ;; *) state=$(whole "$file") ;; esac
    sum=-
    [ "$state" != yes ] || sum=$(tail -c 32 "$file" | od -An -v -tx1 | tr -d ' \\n')
    echo "$state $sum $(wc -c <"$file") $(stat -c %Y "$file") $record $file"
  done
  echo end
}`;
