/** What each step of a restore runs on its host, beside the exchange itself. */
import type { Host } from '../../model/cluster.js';
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { readyz } from '../components/apiserver.js';
import { etcdDataDir } from '../components/etcd-backup-script.js';
import { etcdMemberScript } from '../components/etcd-member.js';
import { memberList } from '../components/etcd-first-start.js';
import { etcdctl } from '../components/etcd.js';
import { adminConf, bin, etcdMemberMark, superAdminConf } from '../render/paths.js';
import { wayBackPlaced } from './exchange.js';
import { apiUnits, bump, type Restore, restoreRunning, unitsText, stagedAt } from './paths.js';

/** 1 and a sentence where the disk of this host's member is not mounted: it would hide what is written there. */
export const mounted: Script = sh`mount=$(sed -n 's/^mount=//p' ${etcdMemberMark} 2>/dev/null | head -n 1)
[ -z "$mount" ] || mountpoint -q "$mount" || \
{ echo "the data of etcd on this host lie on $mount, and nothing is mounted there: mount it" >&2; exit 1; }`;

/** Beside the old data: nothing is stopped for it. */
export const prepare = (restore: Restore, host: Host): Script => {
  const { spec, run, sha256, members } = restore;
  const data = etcdDataDir(spec);
  const peer = (member: Host): string => `https://${member.address}:${etcdPeerPort}`;
  const names = members.map(({ name }) => name).join(',');
  return sh`${raw(mounted)}
printf '%s %s %s\\n' ${run} ${sha256} ${names} >${`${restoreRunning}.part`} && \
mv ${`${restoreRunning}.part`} ${restoreRunning} || exit 1
snapshot=${stagedAt(sha256)} data=${data} tool=${bin}/etcdutl
[ -x "$tool" ] || tool=${bin}/etcdctl
[ "$(head -c -32 "$snapshot" | sha256sum | cut -d ' ' -f 1)" = ${sha256} ] || \
{ echo "the snapshot on this host is not the one that was chosen" >&2; exit 1; }
mkdir -p "$data"
needed=$(( $(wc -c <"$snapshot") / 1024 + 196608 ))
free=$(df -Pk "$data" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$needed" ] || \
{ echo "$free KiB are free in $data, and $needed are needed: the old data stay beside the new" >&2; exit 1; }
bump=
! ETCDCTL_API=3 "$tool" snapshot restore --help 2>/dev/null | grep -q -- --bump-revision || \
bump="--bump-revision ${bump} --mark-compacted"
rm -rf "$data/.kw-restored"
ETCDCTL_API=3 "$tool" snapshot restore "$snapshot" --name ${host.name} --data-dir "$data/.kw-restored" \
--initial-cluster ${members.map(member => `${member.name}=${peer(member)}`).join(',')} \
--initial-cluster-token ${`${spec.name}-${run}`} --initial-advertise-peer-urls ${peer(host)} $bump >&2 || exit 1
[ -e "$data/.kw-restored/member/snap/db" ] || { echo "nothing was restored" >&2; exit 1; }
${raw(wayBackPlaced(restore, host))}`;
};

/** Who writes, first; the API server last. */
export const stopApi = (restore: Restore, host: Host): Script => sh`${raw(unitsText)}
${raw(wayBackPlaced(restore, host))}
halt ${[...apiUnits].toReversed()}`;

/** A host that was started anew in between has started them again. */
export const apiStopped: Script = sh`( ${raw(unitsText)}
for unit in ${apiUnits}; do ! runs "$unit" || exit 1; done )`;

/**
 * The count is the backup's, as long as nobody has written since; and the members are recorded once all of them are
 * there.
 */
export const start = ({ keys, revision, members }: Restore, host: Host): Script => sh`systemctl reset-failed etcd \
2>/dev/null
systemctl start --no-block etcd
tries=0
until ${raw(etcdctl({ host }))} get h >/dev/null 2>&1 && \
[ "$(${raw(memberList(etcdctl({ host })))} | grep -c ', started, ')" = ${String(members.length)} ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || \
{ echo "etcd does not answer by way of its quorum" >&2; journalctl -u etcd -n 5 -o cat >&2; exit 1; }
  sleep 1
done
counted=$(ETCDCTL_API=3 ${bin}/etcdctl --endpoints=${`https://${host.address}:${etcdClientPort}`} \
--cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt \
--key=/etc/kubernetes/pki/etcd/healthcheck-client.key --command-timeout=60s get '' --from-key --count-only -w fields)
there=$(echo "$counted" | sed -n 's/^"Count" : //p') at=$(echo "$counted" | sed -n 's/^"Revision" : //p')
case $at in ${String(revision)} | ${String(revision + bump)})
  [ "\${there:-0}" = ${String(keys)} ] || \
{ echo "etcd holds \${there:-0} keys, and the backup has ${keys}" >&2; exit 1; } ;;
'') echo "etcd does not say how much it holds" >&2; exit 1 ;;
esac
[ ! -x ${etcdMemberScript} ] || ${etcdMemberScript} record`;

export const serve = (host: Host): Script => sh`systemctl reset-failed kube-apiserver 2>/dev/null
systemctl restart kube-apiserver
tries=0
until (
${raw(readyz(host.address))}
); do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "the API server does not become ready" >&2; exit 1; }
  sleep 1
done`;

export const control: Script = sh`systemctl restart kube-controller-manager kube-scheduler`;

/** What watches the API from a node. Pods keep running; the kubelet ends those that the backup does not know. */
export const renew: Script = sh`for unit in kubelet kube-proxy; do
  ! systemctl is-enabled --quiet "$unit" 2>/dev/null || systemctl restart "$unit" || exit 1
done`;

/**
 * Its pods would ask the API again only when they have waited long enough: up to a minute after it came back. One after
 * the other, so that names are answered all the time. A backup may be older than what binds this host's administrator.
 */
export const resolve: Script = sh`as=${adminConf}
kubectl() { ${bin}/kubectl --kubeconfig "$as" -n kube-system --request-timeout=20s "$@"; }
[ "$(kubectl auth can-i delete pods 2>/dev/null)" = yes ] || [ ! -e ${superAdminConf} ] || as=${superAdminConf}
for pod in $(kubectl get pods -l k8s-app=kube-dns -o name); do
  # One whose node is gone does not end: it answers nobody either.
  kubectl delete "$pod" --ignore-not-found --timeout=60s --request-timeout=0 >/dev/null || :
  for each in $(kubectl get deployment -l k8s-app=kube-dns -o name); do
    kubectl rollout status "$each" --timeout=120s --request-timeout=0 >/dev/null || exit 1
  done
done`;
