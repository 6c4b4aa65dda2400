/**
 * What is left of a member without its quorum, as a backup: its data are copied while it is stopped for that moment, an
 * etcd of its own is started on the copy alone, and gives a snapshot. The member's own data are only read.
 */
import { type Script, sh } from '../../shell/sh.js';
import { etcdMemberMark } from '../render/paths.js';

/**
 * `salvage`: prints `raft TERM INDEX`, then the backup's path and record; exit code 5: there are no data.
 * `hash FILE REVISION`: prints etcd's hash of all that was there at that revision, and what was compacted by then.
 */
export const salvageText: Script = sh`# Started again whatever happens, if it ran: it goes on waiting for its quorum.
was=
again() { [ -z "$was" ] || { systemctl start --no-block etcd; was=; }; }
salvage() {
  locked || return 1
  mount=$(sed -n 's/^mount=//p' ${etcdMemberMark} 2>/dev/null | head -n 1)
  [ -z "$mount" ] || mountpoint -q "$mount" ||
    { echo "its data of etcd lie on $mount, and nothing is mounted there: mount it" >&2; return 1; }
  [ -e "$data/member/snap/db" ] || { echo "no data of etcd are on this host" >&2; return 5; }
  ! ctl "$live" --command-timeout=3s get h >/dev/null 2>&1 ||
    { echo "etcd answers by way of its quorum: nothing was touched" >&2; return 1; }
  needed=$(( $(du -sk "$data/member" | cut -f1) * 3 + 196608 ))
  [ "$(free_kib "$folder")" -ge "$needed" ] ||
    { echo "less than $needed KiB are free in $folder for a copy of the data" >&2; return 1; }
  rm -rf "$folder"/.proof.* "$folder"/recovered-*
  scratch=$(mktemp -d "$folder/.proof.XXXXXX") && mkdir "$scratch/data" || return 1
  trap 'again; tidy' EXIT
  case $(systemctl is-active etcd 2>/dev/null) in active | activating | reloading) was=yes ;; esac
  systemctl stop etcd
  case $(systemctl is-active etcd 2>/dev/null) in
  active | activating | reloading | deactivating) echo "etcd does not stop" >&2; return 1 ;;
  esac
  cp -a "$data/member" "$scratch/data/" || return 1
  again
  listening
  alone --force-new-cluster || { tail -n 3 "$scratch/log" >&2; return 1; }
  told=$(ctl "$client" --command-timeout=10s endpoint status -w json 2>/dev/null)
  term=$(echo "$told" | number raftTerm) index=$(echo "$told" | number raftIndex)
  saved=$folder/recovered-$(date -u +%Y%m%dT%H%M%SZ).db
  ctl "$client" --command-timeout=5m snapshot save "$saved.part" >/dev/null 2>&1 &&
    [ "$(whole "$saved.part")" = yes ] || { echo "etcd on the copy gave no snapshot" >&2; return 1; }
  sync
  mv "$saved.part" "$saved"
  tidy
  echo "raft \${term:-0} \${index:-0}"
  prove "$saved" '' ''
}
hash_at() {
  [ -x "$bin/etcdutl" ] || { echo "this host has no etcdutl" >&2; return 1; }
  # hashkv writes into the file that it reads: its own sum is wrong afterwards.
  scratch=$(mktemp -d "$folder/.proof.XXXXXX") && cp "$1" "$scratch/db" || return 1
  told=$("$bin/etcdutl" hashkv "$scratch/db" --rev "$2" -w json 2>/dev/null) || \
{ echo "no hash at revision $2" >&2; return 1; }
  echo "$(echo "$told" | number hash) $(echo "$told" | number compactRevision)"
}`;
