/**
 * A rehearsal of an upgrade on one control plane: a backup is restored into a folder of its own, and first the API
 * server that runs, then the one that shall come, is started on it. It is alone there: a network of its own without a
 * way out, so that no host, webhook or client is reached, and processes that end with the script, whatever ends that.
 */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { apiserverPort, etcdClientPort, etcdPeerPort } from '../../model/components.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { admissionText } from '../components/admission.js';
import { apiserverFlags } from '../components/apiserver.js';
import { authenticationText, limitsAnonymous } from '../components/apiserver-defaults.js';
import { auditPolicyText } from '../components/secrets-at-rest.js';
import { admissionConfig, auditPolicy, authenticationConfig, bin, own, pki } from '../render/paths.js';

/** Where the target's program is brought to, and where the data lie while it lasts. */
export const rehearsalFolder = `${own}/rehearsal`;
export const targetProgram = `${rehearsalFolder}/kube-apiserver`;
const scratch = `${rehearsalFolder}/scratch`;

export interface RehearsalOf {
  readonly host: Host;
  /** The cluster file as it would be. */
  readonly next: ClusterSpec;
  /** On this host. */
  readonly backup: string;
}

/** Prints a line for each thing that it sees (facts/rehearsal.ts reads them). Exit code 3: it could not begin. */
export const rehearsal = ({ host, next, backup }: RehearsalOf): Script => sh`set -u
umask 077
folder=${rehearsalFolder} backup=${backup} bin=${bin} address=${host.address}
cannot() { echo "$1" >&2; exit 3; }
${raw(room)}
scratch=$folder/scratch
rm -rf "$scratch"
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$scratch" || cannot "$scratch cannot be written"
${raw(runningFlags)}
${raw(configuration(next))}
${raw(credentials)}
printf %s ${inside({ host, next })} >"$scratch/inside"
export scratch backup bin address LC_ALL=C
nice -n 10 unshare --net --pid --fork --kill-child sh "$scratch/inside"`;

/** Two programs and the data beside what serves: it must not be what takes the memory of a control plane. */
const room: Script = sh`[ -f "$backup" ] || cannot "there is no $backup on this host"
for tool in unshare ip base64; do command -v $tool >/dev/null || cannot "$tool is not on this host"; done
size=$(($(wc -c <"$backup") / 1024))
free=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }') needed=$((size * 2 + 524288))
[ "$free" -ge "$needed" ] || cannot "$free KiB are free in $folder, and $needed are needed"
free=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) needed=$((size * 2 + 1048576))
[ "$free" -ge "$needed" ] || cannot "$free KiB of memory are available, and $needed are needed"`;

/** While it lasts, and in files alone: nobody else reaches those servers, and the cluster’s own know no such token. */
const credentials: Script = sh`token=$(head -c 24 /dev/urandom | base64 | tr -d '+/=\\n')
echo "$token,kubewizard-rehearsal,kubewizard-rehearsal,system:masters" >"$scratch/token"
{
  printf '{"apiVersion":"v1","kind":"Config","current-context":"it","contexts":[{"name":"it","context":'
  printf '{"cluster":"it","user":"it"}}],"users":[{"name":"it","user":{"token":"%s"}}],' "$token"
  printf '"clusters":[{"name":"it","cluster":{"server":"https://%s:%s",' "$address" ${apiserverPort}
  printf '"certificate-authority":"%s"}}]}' ${`${pki}/ca.crt`}
} >"$scratch/kubeconfig"`;

/** Of the API server that runs: those that would lead it to others, or make it write where it serves, are left out. */
const ownFlags = ['etcd-servers', 'etcd-servers-overrides', 'audit-log-path', 'token-auth-file'] as const;

const runningFlags: Script = sh`pid=$(systemctl show --property MainPID --value kube-apiserver.service)
[ "\${pid:-0}" -gt 0 ] || cannot 'no API server runs on this host'
tr '\\0' '\\n' <"/proc/$pid/cmdline" | tail -n +2 | grep -vE ${`^--(${ownFlags.join('|')})=`} >"$scratch/running"`;

/** What an API server of that file reads beside keys: of its own version, so not what lies on the host. */
const texts = (spec: ClusterSpec): Readonly<Record<string, string>> => ({
  [auditPolicy]: auditPolicyText(),
  [admissionConfig]: admissionText(spec),
  ...(limitsAnonymous(spec) ? { [authenticationConfig]: authenticationText(spec) } : {}),
});

const placeOf = (path: string): string => `${scratch}/${path.slice(path.lastIndexOf('/') + 1)}`;

const configuration = (spec: ClusterSpec): Script =>
  scripts(Object.entries(texts(spec)).map(([path, text]) => sh`printf %s ${text} >${placeOf(path)}`));

/** Of the next API server: as it would be on that host, with the restored data, and with nobody to tell. */
export function rehearsalFlags(spec: ClusterSpec, host: Host): Readonly<Record<string, string>> {
  const written = new Set(Object.keys(texts(spec)));
  const flags = Object.entries(apiserverFlags({ spec, host }))
    .filter(([flag]) => !ownFlags.some(own => own === flag))
    .map(([flag, value]) => [flag, written.has(value) ? placeOf(value) : value]);
  return { ...Object.fromEntries(flags), ...alone };
}

const etcdAt = (port: number): string => `https://127.0.0.1:${port}`;

const alone = {
  'etcd-servers': etcdAt(etcdClientPort),
  'audit-log-path': `${scratch}/audit.log`,
  'token-auth-file': `${scratch}/token`,
};

/** The first process of the names that `unshare` made: all others end with it. */
const inside = ({ host, next }: Pick<RehearsalOf, 'host' | 'next'>): Script => sh`set -u
echo 900 >/proc/self/oom_score_adj
ip link set lo up && ip address add "$address/32" dev lo || exit 3
${raw(restoredEtcd)}
${raw(asking)}
${raw(turns)}
set --
while IFS= read -r one; do set -- "$@" "$one"; done <"$scratch/running"
turn now "$bin/kube-apiserver" "$@" ${words(alone)}
mv "$scratch/kinds" "$scratch/before" 2>/dev/null
turn next ${targetProgram} ${words(rehearsalFlags(next, host))}
echo end`;

const words = (flags: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);

const peer = etcdAt(etcdPeerPort);
const etcdPki = `${pki}/etcd`;

const restoredEtcd: Script = sh`tool=$bin/etcdutl
[ -x "$tool" ] || tool=$bin/etcdctl
ETCDCTL_API=3 "$tool" snapshot restore "$backup" --data-dir "$scratch/data" --name rehearsal \
--initial-cluster ${`rehearsal=${peer}`} --initial-advertise-peer-urls ${peer} >"$scratch/log" 2>&1 ||
  { echo "cannot restore $backup: $(tail -n 1 "$scratch/log" | head -c 300)" >&2; exit 3; }
GOMEMLIMIT=1GiB "$bin/etcd" --name rehearsal --data-dir "$scratch/data" --log-level error \
--quota-backend-bytes 17179869184 --initial-cluster ${`rehearsal=${peer}`} \
--listen-client-urls ${etcdAt(etcdClientPort)} --advertise-client-urls ${etcdAt(etcdClientPort)} \
--listen-peer-urls ${peer} --initial-advertise-peer-urls ${peer} \
--cert-file ${`${etcdPki}/server.crt`} --key-file ${`${etcdPki}/server.key`} --client-cert-auth \
--trusted-ca-file ${`${etcdPki}/ca.crt`} --peer-cert-file ${`${etcdPki}/peer.crt`} \
--peer-key-file ${`${etcdPki}/peer.key`} --peer-client-cert-auth --peer-trusted-ca-file ${`${etcdPki}/ca.crt`} \
>"$scratch/etcd.log" 2>&1 &`;

/** `kinds`: what can be listed. Custom ones come a moment after the server is ready: until two answers are alike. */
const asking: Script = sh`ask() {
  HOME=$scratch "$bin/kubectl" --kubeconfig "$scratch/kubeconfig" "$@"
}
line() { head -c 3000 | base64 | tr -d '\\n'; }
known() {
  rm -rf "$scratch/.kube"
  ask api-resources --verbs=list -o name 2>/dev/null | grep -E '^[a-z0-9.-]+\$' | grep -vx componentstatuses | sort -u
}
kinds() {
  tries=0 last=
  touch "$scratch/before"
  while known >"$scratch/kinds"; do
    sum=$(cksum <"$scratch/kinds") tries=$((tries + 1))
    [ "$sum" != "$last" ] || [ -n "$(comm -23 "$scratch/before" "$scratch/kinds")" ] || break
    [ "$tries" -lt 15 ] || break
    last=$sum
    sleep 1
  done
}`;

/** One API server: until it is ready, and all that it lists. */
const turns: Script = sh`turn() {
  name=$1 began=$(date +%s) tries=0
  shift
  GOMEMLIMIT=1GiB "$@" >"$scratch/log" 2>&1 &
  server=$!
  until ask --request-timeout=5s get --raw /readyz >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 240 ] || ! kill -0 "$server" 2>/dev/null; then
      ask --request-timeout=5s get --raw '/readyz?verbose' 2>&1 | grep -oE '\\[-\\][a-zA-Z0-9/._-]+' |
        while read -r one; do echo "$name failing \${one#???}"; done
      echo "$name log $(grep -vE '^[IW][0-9]{4} ' "$scratch/log" | tail -n 12 | line)"
      kill -9 "$server" 2>/dev/null
      wait "$server" 2>/dev/null
      return
    fi
    sleep 0.5
  done
  echo "$name ready $(($(date +%s) - began))"
  kinds
  ask --request-timeout=30s api-versions 2>/dev/null | while read -r one; do echo "$name version $one"; done
  while read -r one; do
    if ask --request-timeout=120s get "$one" --all-namespaces -o name --chunk-size=500 >"$scratch/list" 2>"$scratch/why"
    then echo "$name kind $one $(wc -l <"$scratch/list")"
    else echo "$name fails $one $(tail -n 1 "$scratch/why" | line)"; fi
  done <"$scratch/kinds"
  kill -9 "$server"
  wait "$server" 2>/dev/null
}`;
