/**
 * The script that renews a host's certificates, with the CA keys that lie on control planes. It signs what is there
 * again, with a new key, and only where the new one says the same: it decides nothing.
 */
import { renewedAt } from '../../pki/life.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { own, pki } from '../render/paths.js';
import { asking, signing } from './renewal-signing.js';

/** One certificate that the script looks after. */
export interface Leaf {
  readonly path: string;
  /** Its key, in the same folder; absent: both are in a kubeconfig. */
  readonly key?: string;
  /** `etcd/ca`. */
  readonly ca: string;
  /** As openssl wants it: `/O=system:nodes/CN=system:node:kw-1`. */
  readonly subject: string;
  readonly usages: readonly ('server' | 'client')[];
  readonly days: number;
  /** Units that read it once, at their start. */
  readonly units: readonly string[];
}

const usual = { pki, home: own, run: '/run/kubewizard' };

/** EX_UNAVAILABLE: something is due, and the openssl of the host cannot sign it; the doctor reads it. */
export const lacksOpenssl = 69;

/** As it lies on a host; `at`: where things lie, for tests. */
export const renewalFile = (leaves: readonly Leaf[], at = usual): string =>
  `#!/bin/sh
# Kubewizard: renews the certificates of this host at two thirds of their life: due (default), all, or settle, which
# ends what a killed run has begun. Written by kw, do not edit.
${scripts([
  sh`set -u
umask 077
export LC_ALL=C
pki=${at.pki} home=${at.home} run=${at.run} mode=\${1:-due} code=0 lacking= busy= locks=`,
  asking,
  signing,
  installing,
  renewing,
  sh`each() {
${raw(scripts(leaves.map(row)))}
}`,
  main,
])}
`;

const row = ({ path, key = '-', ca, usages, days, subject, units }: Leaf): Script =>
  sh`  "$1" ${path} ${key} ${ca} ${usages.map(one => `${one}Auth`).join(',')} ${days} ${subject} ${units.join(' ')}`;

/**
 * A key and its certificate get their names by one call, the key first: whoever is killed in between leaves the
 * certificate in the folder, and `settle` takes it from there. What somebody changed meanwhile is not replaced.
 */
const installing: Script = sh`folder() { printf '%s/.kw-new' "\${1%/*}"; }
stage() {
  cp -a "$2" "$(folder "$2")/\${2##*/}" && cat "$1" >"$(folder "$2")/\${2##*/}"
}
# A run of kw takes this lock to write that it has begun: while it is held here none begins.
alone() {
  [ -z "$locks" ] || flock -w 10 8 || return 1
  if kw_runs; then result=3; else "$@"; result=$?; fi
  [ -z "$locks" ] || flock -u 8
  [ "$result" != 3 ] || busy=1
  return "$result"
}
owe() { for unit in $units; do mkdir -p "$run/renewal" && : >"$run/renewal/$unit"; done; }
put() {
  new=$(folder "$path")
  mkdir "$new" || return 1
  set -- "$new/\${path##*/}"
  if [ "$key" = - ]; then stage "$work/new.conf" "$path" || return 1
  else
    set -- "$new/\${key##*/}" "$1"
    stage "$work/new.key" "$key" && stage "$work/new.pem" "$path" || return 1
  fi
  sync "$@" 2>/dev/null || sync
  alone replace "$@" || return
  rmdir "$new"
  sync "\${path%/*}" 2>/dev/null || :
}
replace() {
  cmp -s "$path" "$work/there" && { [ "$key" = - ] || cmp -s "$key" "$work/old.key"; } || return 2
  owe
  mv -f -t "\${path%/*}" "$@" || return 1
}
settle() {
  path=$1 key=$2 units=$7
  new=$(folder "$path")
  [ ! -e "$new" ] || alone end_begun
}
end_begun() {
  if [ "$key" != - ] && [ -s "$new/\${path##*/}" ] && [ ! -e "$new/\${key##*/}" ]; then
    able || { lacking=1; leave "to end what was begun takes OpenSSL 1.1.1 or later, and this host has $tool"; return; }
    cp "$new/\${path##*/}" "$work/new.crt" && cp "$path" "$work/old.crt" || { leave 'it could not be read'; return; }
    if say_all "$work/new.crt" && same "$work/new.crt" "$key"; then
      owe
      mv -f -t "\${path%/*}" "$new/\${path##*/}" ||
        { leave 'its new key is there, and its certificate is not yet'; return; }
      echo "$path: ended what was begun"
    # Only what somebody else has replaced since is thrown away: an openssl that fails proves nothing.
    elif ! { say_all "$work/old.crt" && same "$work/old.crt" "$key"; }; then
      leave "whose its key is could not be read: $new is left"
      return
    fi
  fi
  discard
}
discard() {
  rm -f "$new/\${path##*/}" "$new/\${key##*/}"
  rmdir "$new" 2>/dev/null || :
}
restart_owed() {
  for mark in "$run"/renewal/*.service; do
    [ -e "$mark" ] || continue
    ! kw_runs || { busy=1; return; }
    unit=\${mark##*/}
    state=$(systemctl show -p ActiveState -p NeedDaemonReload "$unit")
    case $state in
      *=active* | *=activating* | *=reloading*)
        # Whose file has changed would start by what systemd remembers of it, and look as if it ran by what is there.
        case $state in *NeedDaemonReload=yes*) systemctl daemon-reload ;; esac
        # Without the record of its last start, what it reads is held against the time of this one.
        rm -f "$run/started/$unit"
        systemctl restart "$unit" && echo "$unit: restarted, it reads its certificate once" ||
          { echo "$unit: not restarted" >&2; code=1; continue; }
        ;;
      *=inactive* | *=failed* | *=deactivating*) ;;
      *) echo "$unit: not restarted, systemd does not say whether it runs" >&2; code=1; continue ;;
    esac
    rm -f "$mark"
  done
  rmdir "$run/renewal" 2>/dev/null || :
}`;

/** The reasons not to sign are said one by one: each is somebody else's work, or a state that signing would hide. */
const renewing: Script = sh`read_old() {
  cat "$path" >"$work/there" && cp "$work/there" "$work/old.crt"
  [ "$key" = - ] || { cat "$key" >"$work/old.key"; return; }
  [ "$(grep -c 'client-certificate-data: .\\|client-key-data: .' "$path")" = 2 ] || return 1
  data client-certificate "$path" >"$work/old.crt" && data client-key "$path" >"$work/old.key"
}
# Who signs is marked while two are trusted; else it is the first that is trusted.
issuer() {
  name=$(printf '%s' "$ca" | tr / -) issuer=$pki/$ca.crt
  [ ! -s "$pki/rotation/$name/signer.crt" ] || issuer=$pki/rotation/$name/signer.crt
}
# Of each CA once.
signer() {
  authority=$work/$name.crt
  [ ! -e "$authority.text" ] || return 0
  openssl x509 -in "$issuer" -out "$authority" 2>/dev/null && say_all "$authority" &&
    { [ ! -f "$pki/$ca.key" ] || ! same "$authority" "$pki/$ca.key" || : >"$authority.own"; }
}
refused() {
  [ -f "$pki/$ca.key" ] || { echo "the key of its CA, $pki/$ca.key, is not on this host"; return; }
  [ -e "$authority.own" ] || { echo "$pki/$ca.key is not the key of $issuer"; return; }
  openssl verify -partial_chain -no_check_time -trusted "$pki/$ca.crt" "$work/old.crt" >/dev/null 2>&1 ||
    { echo "another CA than $pki/$ca.crt has signed it"; return; }
  same "$work/old.crt" "$work/old.key" || { echo 'its key belongs to another certificate'; return; }
}
made() {
  names || { echo 'it has names that are neither of DNS nor addresses'; return; }
  new_key || { echo 'its key is of a kind that is not made here'; return; }
  sign 2>"$work/why" </dev/null || { echo "openssl did not sign it: $(tail -n 1 "$work/why")"; return; }
  say_all "$work/new.crt" && shape "$work/old.crt" >"$work/old" && shape "$work/new.crt" >"$work/new"
  cmp -s "$work/old" "$work/new" ||
    { diff "$work/old" "$work/new" | sed -n 's/^< */it is not as Kubewizard signs it: /p' | head -n 1
    [ -n "$(diff "$work/old" "$work/new" | grep '^<')" ] || echo 'it lacks what Kubewizard signs'
    return; }
  same "$work/new.crt" "$work/new.key" &&
    openssl verify -partial_chain -trusted "$authority" "$work/new.crt" >/dev/null 2>&1 ||
    { echo 'what was signed does not verify'; return; }
  # The CAs between, which an owner's own CA may have behind it.
  { cat "$work/new.crt"; awk '/-----BEGIN CERTIFICATE-----/ { n++ } n > 1' "$work/old.crt"; } >"$work/new.pem"
  [ "$key" != - ] || configured || echo 'its new text could not be made'
}
configured() {
  base64 "$work/new.pem" | tr -d '\\n' >"$work/certificate-data"
  base64 "$work/new.key" | tr -d '\\n' >"$work/key-data"
  awk -v work="$work/" '
    function put(file) {
      sub(/:.*/, ": "); printf "%s", $0
      while ((getline line <file) > 0) printf "%s", line
      print ""
    }
    /^ *client-certificate-data: / { put(work "certificate-data"); next }
    /^ *client-key-data: / { put(work "key-data"); next }
    { print }' "$path" >"$work/new.conf" && [ -s "$work/new.conf" ]
}
renew() {
  [ -z "$busy" ] || return 0
  path=$1 key=$2 ca=$3 usages=$4 days=$5 subject=$6 units=$7
  # What is not there is not renewed.
  [ -e "$path" ] || return 0
  [ -f "$path" ] && [ ! -L "$path" ] && [ ! -L "$key" ] || { leave 'it is no file'; return; }
  read_old 2>/dev/null || { leave 'certificate and key could not be read'; return; }
  span=$(life "$work/old.crt") || { leave 'there is no certificate in it'; return; }
  from=\${span% *} until=\${span#* }
  [ "$now" -ge "$from" ] || { leave 'it is valid from a later time on: is the clock of this host behind?'; return; }
  [ "$mode" = all ] ||
    [ "$((now - from))" -ge "$(((until - from) * ${renewedAt.parts} / ${renewedAt.of}))" ] || return 0
  issuer
  span=$(life "$issuer") || { leave "$issuer holds no CA"; return; }
  last=\${span#* }
  [ "$now" -lt "$last" ] || { leave "its CA, $issuer, has ended"; return; }
  # As long as its CA: a new one would end on the same day.
  [ "$until" -lt "$last" ] || return 0
  [ "$((now + days * 86400))" -ge "$last" ] || last=$((now + days * 86400))
  able || { lacking=1; leave "its renewal needs OpenSSL 1.1.1 or later, and this host has $tool"; return; }
  say_all "$work/old.crt" || { leave 'openssl cannot read its certificate'; return; }
  signer || { leave "openssl cannot read the CA in $issuer"; return; }
  why=$(refused); [ -z "$why" ] || { leave "$why"; return; }
  why=$(made); [ -z "$why" ] || { leave "$why"; return; }
  put
  case $? in
    0) echo "$path: renewed until $(date -u -d "@$last" +%Y-%m-%dT%H:%M:%SZ)" ;;
    2) leave 'somebody has changed it just now'; discard ;;
    3) discard ;;
    *) leave 'it could not be written'; settle "$@" ;;
  esac
}`;

const main: Script = sh`case $mode in
  due | all | settle) ;;
  *) echo "usage: $0 [due | all | settle]" >&2; exit 64 ;;
esac
mkdir -p "$run" || exit 1
! command -v flock >/dev/null || { exec 9>"$run/renewal.lock" && flock -w 120 9; } || exit 1
[ ! -d "$home" ] || ! command -v flock >/dev/null || { exec 8<"$home"; locks=1; }
now=$(date +%s)
if kw_runs; then
  [ "$mode" = settle ] || echo 'a run of kw is under way on this host: nothing is renewed now'
  exit 0
fi
ask_tool
rm -rf "$run"/renewal.??????
work=$(mktemp -d "$run/renewal.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
each settle
[ "$mode" = settle ] || each renew
[ -n "$busy" ] || restart_owed
[ -z "$busy" ] || echo 'a run of kw has begun on this host: what is left waits for the next time'
[ -z "$lacking" ] || code=${lacksOpenssl}
exit "$code"`;
