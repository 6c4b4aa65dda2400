/**
 * The proof of a backup: it is restored into a folder of its own, an etcd is started on that, and says what it holds. A
 * backup that nobody has restored is a hope.
 */
import { type Script, sh } from '../../shell/sh.js';

/**
 * `prove FILE LIVE QUIET`: compares keys and hash with those of LIVE at the same revision, where that is given and has
 * not compacted it yet. Its verdict goes beside the file; with QUIET it is not printed.
 *
 * The scratch etcd listens on loopback alone, and answers nobody without etcd's own credentials: it holds every Secret.
 */
export const proveText: Script = sh`tool=$bin/etcdutl
[ -x "$tool" ] || tool=$bin/etcdctl
scratch= pid=
tidy() {
  [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; pid=; }
  [ -z "$scratch" ] || { rm -rf "$scratch"; scratch=; }
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
# Where the scratch etcd listens.
listening() {
  port=23790
  while ss -Hltn 2>/dev/null | grep -Eq ":($port|$((port + 1))) "; do port=$((port + 2)); done
  client=https://127.0.0.1:$port peer=https://127.0.0.1:$((port + 1))
}
# Starts it on $scratch/data, and waits for its answer; false: it does not start.
alone() {
  GOMEMLIMIT=1GiB "$bin/etcd" "$@" --name proof --data-dir "$scratch/data" --log-level error \
--heartbeat-interval 50 --election-timeout 500 --quota-backend-bytes 17179869184 --initial-cluster "proof=$peer" \
--listen-client-urls "$client" --advertise-client-urls "$client" --listen-peer-urls "$peer" \
--initial-advertise-peer-urls "$peer" --cert-file "$pki/server.crt" --key-file "$pki/server.key" --client-cert-auth \
--trusted-ca-file "$pki/ca.crt" --peer-cert-file "$pki/peer.crt" --peer-key-file "$pki/peer.key" \
--peer-client-cert-auth --peer-trusted-ca-file "$pki/ca.crt" >"$scratch/log" 2>&1 9>&- &
  pid=$!
  tries=0
  until ctl "$client" --command-timeout=2s get h >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] && kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.2
  done
}
# SHA-256 of every certificate in what may have other bytes around it.
fingerprints() {
  LC_ALL=C tr -cd 'A-Za-z0-9+/=\\n -' | awk '/-BEGIN CERTIFICATE-/ { on = 1; next }
/-END CERTIFICATE-/ { if (on) print text; on = 0; text = "" } on { text = text $0 }' | head -n 8 |
    while read -r one; do printf %s "$one" | base64 -d 2>/dev/null | sha256sum | cut -d ' ' -f 1; done |
    tr '\\n' ' ' | sed 's/ $//'
}
# record FILE VERDICT PROBLEM QUIET
record() {
  printf '{"version":1,"verdict":"%s","problem":"%s","sha256":"%s","size":%s,"at":%s,"revision":%s,"keys":%s,' \
"$2" "$3" "$sum" "$size" "$(date +%s)" "\${revision:-0}" "\${keys:-0}" >"$1.json.part"
  printf '"hash":%s,"compared":%s,"uid":"%s","etcd":"%s","encryption":"%s",' \
"\${hash:-0}" "\${compared:-false}" "\${uid:-}" "\${version:-}" "\${encryption:-}" >>"$1.json.part"
  printf '"authorities":"%s","seconds":%s}\\n' "\${authorities:-}" "$(( $(date +%s) - began ))" \
>>"$1.json.part"
  mv "$1.json.part" "$1.json"
  [ -n "$4" ] || { printf '%s\\n' "$1"; cat "$1.json"; }
  tidy
  [ "$2" != bad ] || return 4
  [ "$2" = proven ] || return 3
}
prove() {
  file=$1 against=$2 quiet=$3 began=$(date +%s)
  revision= keys= hash= compared=false uid= version= encryption= authorities= sum=
  [ -f "$file" ] || { echo "there is no $file on this host" >&2; return 1; }
  size=$(wc -c <"$file")
  # What was taken just now has been read already.
  state=yes
  [ -n "$against" ] || state=$(whole "$file")
  [ "$state" = yes ] || { record "$file" bad "$state" "$quiet"; return; }
  sum=$(tail -c 32 "$file" | od -An -v -tx1 | tr -d ' \\n')
  version=$("$bin/etcd" --version | sed -n 's/^etcd Version: *\\([0-9.]*\\).*/\\1/p')
  "$tool" snapshot restore --help >/dev/null 2>&1 || { record "$file" unproven no-tool "$quiet"; return; }
  [ "$(free_kib "$folder")" -ge "$((size / 1024 + 196608))" ] || { record "$file" unproven no-room "$quiet"; return; }
  memory=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  [ "$memory" -ge "$((size / 1024 + 262144))" ] || { record "$file" unproven no-memory "$quiet"; return; }
  scratch=$(mktemp -d "$folder/.proof.XXXXXX") || return 1
  listening
  "$tool" snapshot restore "$file" --data-dir "$scratch/data" --name proof \
--initial-cluster "proof=$peer" --initial-advertise-peer-urls "$peer" >"$scratch/log" 2>&1 ||
    { tail -n 3 "$scratch/log" >&2; record "$file" bad no-restore "$quiet"; return; }
  alone || { tail -n 3 "$scratch/log" >&2; record "$file" bad no-start "$quiet"; return; }
  counted=$(ctl "$client" --command-timeout=60s get '' --from-key --limit=1 --keys-only -w fields 2>/dev/null)
  revision=$(echo "$counted" | field Revision) keys=$(echo "$counted" | field Count)
  # A count of nothing is left out of the answer.
  keys=\${keys:-0}
  [ -n "$revision" ] || { record "$file" unproven no-count "$quiet"; return; }
  hashed=$(ctl "$client" --command-timeout=60s endpoint hashkv "--rev=$revision" -w json 2>/dev/null)
  hash=$(echo "$hashed" | number hash)
  uid=$(ctl "$client" --command-timeout=5s get /registry/namespaces/kube-system --print-value-only 2>/dev/null |
    grep -aoE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' | head -n 1)
  authorities=$(ctl "$client" --command-timeout=5s get /registry/configmaps/kube-system/kube-root-ca.crt \
--print-value-only 2>/dev/null | fingerprints)
  encryption=$(ctl "$client" --command-timeout=10s get /registry/secrets/ --prefix --limit=500 --print-value-only \
2>/dev/null | grep -aoE 'k8s:enc:[a-z0-9]+:v[0-9]+:[A-Za-z0-9._-]+:' | sort -u | tr '\\n' ' ' | sed 's/ $//')
  [ -z "$against" ] || compare || { record "$file" bad "$differs" "$quiet"; return; }
  record "$file" proven '' "$quiet"
}
# Nothing to compare with is no difference: the living etcd may have compacted that revision by now.
compare() {
  counted=$(ctl "$against" --command-timeout=60s get '' --from-key --limit=1 --keys-only "--rev=$revision" -w fields \
2>/dev/null) || return 0
  there=$(echo "$counted" | field Count)
  [ "\${there:-0}" = "$keys" ] || { differs=keys-differ; return 1; }
  other_hash=$(ctl "$against" --command-timeout=60s endpoint hashkv "--rev=$revision" -w json 2>/dev/null) || return 0
  [ "$(echo "$other_hash" | number compact_revision)" = "$(echo "$hashed" | number compact_revision)" ] || return 0
  [ "$(echo "$other_hash" | number hash)" = "$hash" ] || { differs=hash-differs; return 1; }
  compared=true
}`;
