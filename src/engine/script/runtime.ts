/**
 * The part of a host's script that is the same for every plan: a small scheduler in POSIX sh.
 *
 * Each turn of its loop: the steps whose dependencies are settled look (all digests by one fork), the control machine
 * answers the whole list with one piece of shell (`kw_s_N=go`, payloads), the actions run, the waits are polled once.
 * So a wait never holds up a step that does not need it, and one round trip serves a whole level. A unit that could be
 * started (`kw_early`) does not wait until the level's other actions have run. The control machine speaks only when it
 * is asked, and at most one piece: a `head` that reads ahead can lose nothing.
 */
import { givesUp } from '../../model/resource.js';
import { raw, sh } from '../../shell/sh.js';
import { beat } from './disarm.js';

export const runtime = sh`
exec 3<&0 4>&1 </dev/null >/dev/null
kw_say() { printf '%s %s\\n' "$kw_n" "$*" >&4 || exit 141; }
kw_show() { kw_say "$1"; base64 <"$2" >&4; printf '.\\n' >&4 || exit 141; }

# What the control machine answers ends with the nonce: an answer that was cut off is never obeyed.
kw_listen() {
  IFS= read -r kw_len <&3 || exit 0
  kw_text=$(head -c "$kw_len" <&3)
  case $kw_text in *"#$kw_n") eval "$kw_text" ;; *) exit 0 ;; esac
}

# A process is itself only together with its start time (field 22 of stat): ids come again.
kw_born() {
  IFS= read -r kw_stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${kw_stat##*) }
  shift 19; kw_start=$1
}
kw_alone() {
  mkdir -p "$kw_scratch" && chmod 700 "$kw_scratch" || kw_give_up "cannot write $kw_scratch"
  kw_born $$; kw_me="$$ $kw_start"; kw_tries=0
  until (set -C; echo "$kw_me" >"$kw_scratch/script") 2>/dev/null; do
    kw_pid=; kw_then=
    read -r kw_pid kw_then 2>/dev/null <"$kw_scratch/script"
    if [ -n "$kw_then" ] && kw_born "$kw_pid" && [ "$kw_start" = "$kw_then" ]; then
      [ "$kw_tries" -lt 600 ] || kw_give_up "another script of Kubewizard (process $kw_pid) is still at work here"
      kw_say busy "$kw_pid"; sleep 0.2
    else
      [ -n "$kw_then" ] || [ "$kw_tries" -gt 2 ] || sleep 0.1
      rm -f "$kw_scratch/script"
    fi
    kw_tries=$((kw_tries + 1))
    [ "$kw_tries" -lt 620 ] || kw_give_up "cannot write $kw_scratch/script"
  done
  kw_d=$kw_scratch/run
  trap 'rm -rf "$kw_d" "$kw_scratch/script"' EXIT
  trap 'exit 143' HUP INT TERM
  trap 'exit 141' PIPE
  rm -rf "$kw_d"
  (umask 077; mkdir "$kw_d") || kw_give_up "cannot write $kw_scratch"
}
kw_give_up() { echo "$1" >&2; kw_say refused "$1"; exit 1; }

${raw(beat)}
kw_run() ( eval "$1" ) </dev/null 3<&- 4>&-

kw_ask() {
  kw_files=
  for kw_i in $kw_asks; do
    kw_look_$kw_i >"$kw_d/b$kw_i" 2>/dev/null
    kw_files="$kw_files b$kw_i"
  done
  (cd "$kw_d" && sha256sum $kw_files) >"$kw_d/sums" || \
kw_give_up 'sha256sum failed, or the disk below the scratch directory is full'
  while read -r kw_sum kw_f; do
    kw_i=\${kw_f#b}
    eval "kw_seen=\\$kw_seen_$kw_i"
    if [ "$kw_sum" = "$kw_seen" ]; then kw_say same "$kw_i"; else kw_show "differs $kw_i" "$kw_d/b$kw_i"; fi
  done <"$kw_d/sums"
  kw_say answer
  kw_listen
}

kw_now() { read -r kw_time kw_rest </proc/uptime; kw_time=\${kw_time%.*}; }
kw_settle() { eval "kw_s_$1=x"; kw_moved=1; }
kw_fail() {
  tail -c 16384 "$kw_d/o" >"$kw_d/tail" 2>/dev/null || : >"$kw_d/tail"
  kw_show "$2" "$kw_d/tail"
  kw_settle "$1"
}
kw_prove() {
  kw_look_$1 >"$kw_d/b$1" 2>/dev/null
  kw_show "proof $1" "$kw_d/b$1"
  case $kw_judged in *" $1 "*) kw_listen ;; esac
  kw_settle "$1"
}

# A step's way is a list of actions (aN) and waits (wN); it goes on until it has to wait.
kw_go() {
  while :; do
    eval "kw_way=\\$kw_way_$1"
    kw_one=\${kw_way%% *}
    case $kw_one in
      '') kw_prove "$1"; return ;;
      a*)
        kw_moved=1
        kw_beat
        kw_\${kw_one}_$1 >"$kw_d/o" 2>&1
        kw_code=$?
        [ "$kw_code" = 0 ] || { kw_fail "$1" "failed $1 $kw_code"; return; }
        eval "kw_way_$1=\\\${kw_way#* }" ;;
      *)
        kw_now
        eval "kw_until_$1=\\$((kw_time + kw_limit_\${kw_one}_$1 + 1)); kw_s_$1=wait"
        kw_say waiting "$1" "\${kw_one#w}"
        return ;;
    esac
  done
}
kw_poll() {
  eval "kw_way=\\$kw_way_$1; kw_until=\\$kw_until_$1"
  kw_one=\${kw_way%% *}
  kw_\${kw_one}_$1 >"$kw_d/o" 2>&1
  kw_code=$?
  if [ "$kw_code" = 0 ]; then
    kw_moved=1
    eval "kw_way_$1=\\\${kw_way#* }; kw_s_$1=go"
    kw_go "$1"
  else
    kw_now
    [ "$kw_code" = ${givesUp} ] || [ "$kw_time" -ge "$kw_until" ] || return
    kw_why_\${kw_one}_$1 >>"$kw_d/o" 2>&1
    [ "$kw_code" = ${givesUp} ] || { kw_fail "$1" "expired $1 \${kw_one#w}"; return; }
    kw_fail "$1" "failed $1 $kw_code"
  fi
}

# First short, then every half second; and each time a word, on which an orphan dies of its broken pipe.
kw_nap() {
  case $kw_moved$kw_pause in 1*) kw_pause=0.05 ;; 0.05) kw_pause=0.1 ;; 0.1) kw_pause=0.2 ;; 0.2) kw_pause=0.3 ;; \
*) kw_pause=0.5 ;; esac
  [ -n "$kw_moved" ] && return
  kw_say tick
  sleep "$kw_pause" 2>/dev/null || sleep 1
}

# Units start as soon as they can: what takes long by itself (etcd, an API server) does so beside the files that come
# after.
kw_due() {
  for kw_e in $kw_early; do
    eval "kw_s=\\$kw_s_$kw_e"
    if [ -z "$kw_s" ] && kw_ready_$kw_e; then return 0; fi
  done
  return 1
}
# Half a second of work, and the waits are looked at.
kw_clock() { read -r kw_cs kw_rest </proc/uptime; kw_cs=\${kw_cs%.*}\${kw_cs#*.}; }
kw_act() {
  kw_clock; kw_since=$kw_cs
  for kw_i in $kw_early $kw_left; do
    eval "kw_s=\\$kw_s_$kw_i"
    [ "$kw_s" = go ] || continue
    kw_go "$kw_i"
    kw_due && return
    kw_clock
    [ $((kw_cs - kw_since)) -lt 50 ] || return
  done
}

kw_main() {
  kw_pause=
  while [ -n "$kw_left" ]; do
    kw_beat
    kw_moved=; kw_asks=; kw_next=
    for kw_i in $kw_left; do
      eval "kw_s=\\$kw_s_$kw_i"
      if [ -z "$kw_s" ] && kw_ready_$kw_i; then kw_asks="$kw_asks $kw_i"; fi
    done
    [ -z "$kw_asks" ] || kw_ask
    kw_act
    for kw_i in $kw_left; do
      eval "kw_s=\\$kw_s_$kw_i"
      [ "$kw_s" != wait ] || kw_poll "$kw_i"
    done
    for kw_i in $kw_left; do
      eval "kw_s=\\$kw_s_$kw_i"
      [ "$kw_s" = x ] || kw_next="$kw_next $kw_i"
      case $kw_asks' ' in *" $kw_i "*) [ "$kw_s" != x ] || kw_moved=1 ;; esac
    done
    kw_left=$kw_next
    [ -z "$kw_left" ] || kw_nap
  done
  kw_say bye
}
`;
