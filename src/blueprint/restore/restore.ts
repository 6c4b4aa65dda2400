/**
 * A backup put in place of what etcd holds, as resources: prepared beside the old data on every member, then the API
 * stops everywhere, the data are exchanged, and everything that remembers the old ones starts anew. Each step leaves a
 * mark, by which the same run goes on after it was cut off anywhere. The old data stay on their hosts.
 */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import { idOf, type Resource, type ResourceId, type Risk, type Stage } from '../../model/resource.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { readyz } from '../components/apiserver.js';
import { etcdDataDir } from '../components/etcd-backup-script.js';
import { etcdMemberScript } from '../components/etcd-member.js';
import { etcdctl } from '../components/etcd.js';
import { adminConf, bin, etcdMemberMark, own } from '../render/paths.js';
import { want } from '../wanted.js';

/** Hosts that are not seen have no part in it: members are those of the hosts that are. */
export interface Restore {
  readonly spec: ClusterSpec;
  /** `20261128T230606Z-3f9c0d2a41bb`: the run, which is the same when it is begun again. */
  readonly run: string;
  /** Of the snapshot's content: 64 hexadecimal digits. */
  readonly sha256: string;
  /** Keys that it holds, as its proof counted them. */
  readonly keys: number;
  readonly members: readonly Host[];
  readonly controlPlanes: readonly Host[];
  readonly nodes: readonly Host[];
}

export const restoreFolder = `${own}/restore`;
/** Which run is under way on this host: its name, and the snapshot's digest. */
export const restoreRunning = `${restoreFolder}/running`;
/** Where the snapshot waits on every member. */
export const stagedAt = (sha256: string): string => `${restoreFolder}/${sha256}.db`;
export const preparedMark = ({ run }: Pick<Restore, 'run'>): string => `${restoreFolder}/${run}/prepared`;
/** The old data, beside the new. */
export const keptAt = ({ spec, run }: Pick<Restore, 'spec' | 'run'>): string =>
  `${etcdDataDir(spec)}/.kw-before-${run}`;
export const wayBack = ({ run }: Pick<Restore, 'run'>): string => `${restoreFolder}/${run}/way-back`;

const because = 'what etcd holds becomes what the backup holds';

export function restored(restore: Restore): readonly Resource[] {
  const { members, controlPlanes, nodes } = restore;
  const step = stepOf(restore);
  const each = (hosts: readonly Host[], name: Name, after: readonly Resource[], make: (host: Host) => Made) =>
    hosts.map(host => step(host, name, make(host), after.map(idOf)));
  const prepared = each(members, 'prepared', [], host => ({
    risk: 'none',
    stage: 'etcd',
    run: prepare(restore, host),
  }));
  const stopped = each(controlPlanes, 'stopped', prepared, () => ({ risk: 'downtime', stage: 'etcd', run: stopApi }));
  const exchanged = each(members, 'exchanged', [...prepared, ...stopped], () => ({
    risk: 'data',
    stage: 'etcd',
    run: exchange(restore),
  }));
  const started = each(members, 'started', exchanged, host => ({
    risk: 'none',
    stage: 'etcd',
    run: start(restore, host),
  }));
  const serving = each(controlPlanes, 'serving', started, host => ({
    risk: 'none',
    stage: 'control-plane',
    run: serve(host),
  }));
  const controlled = each(controlPlanes, 'controlled', serving, () => ({
    risk: 'none',
    stage: 'control-plane',
    run: sh`systemctl restart kube-controller-manager kube-scheduler`,
  }));
  const renewed = each(nodes, 'renewed', controlled, () => ({ risk: 'none', stage: 'nodes', run: renew }));
  const resolving = each(controlPlanes.slice(0, 1), 'resolving', renewed, () => ({
    risk: 'none',
    stage: 'addons',
    run: resolve,
  }));
  const all = [...prepared, ...stopped, ...exchanged, ...started, ...serving, ...controlled, ...renewed, ...resolving];
  return [...all, ...members.map(host => ended(restore, host, all.map(idOf)))];
}

type Name = 'prepared' | 'stopped' | 'exchanged' | 'started' | 'serving' | 'controlled' | 'renewed' | 'resolving';

interface Made {
  readonly risk: Exclude<Risk, 'restart'>;
  readonly stage: Stage;
  readonly run: Script;
}

const says: Readonly<Record<Name, string>> = {
  prepared: 'the backup is not restored beside the old data yet',
  stopped: 'API server, controller manager and scheduler are not stopped for it yet',
  exchanged: 'the old data of etcd are in place',
  started: 'etcd does not run with the restored data yet',
  serving: 'the API server has not been started on the restored data yet',
  controlled: 'controller manager and scheduler have not been started on them yet',
  renewed: 'kubelet and kube-proxy remember what was before',
  resolving: 'the cluster DNS remembers what was before',
};

/** Done when its mark is there, and not before: whatever runs by then, a step that was cut off is made again. */
const stepOf =
  ({ run }: Restore) =>
  (host: Host, name: Name, { risk, stage, run: script }: Made, after: readonly ResourceId[]): Resource => {
    const mark = `${restoreFolder}/${run}/${name}`;
    return want(
      'command',
      host.name,
      `restore-${name}`,
      {
        unless: sh`[ -e ${mark} ] || echo ${says[name]}`,
        run: sh`umask 077
mkdir -p ${`${restoreFolder}/${run}`} || exit 1
(
${raw(script)}
) || exit 1
sync
: >${mark}`,
        risk,
      },
      { stage, because, after },
    );
  };

/** Bumped, so that no watch goes on as if nothing had been: each is told that its revision is compacted, and lists. */
const bump = 1_000_000_000;

const prepare = ({ spec, run, sha256, members }: Restore, host: Host): Script => {
  const data = etcdDataDir(spec);
  const peer = (member: Host): string => `https://${member.address}:${etcdPeerPort}`;
  return sh`printf '%s %s\\n' ${run} ${sha256} >${`${restoreRunning}.part`} && \
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
[ -e "$data/.kw-restored/member/snap/db" ] || { echo "nothing was restored" >&2; exit 1; }`;
};

const stopApi: Script = sh`systemctl stop kube-controller-manager kube-scheduler kube-apiserver
for unit in kube-apiserver kube-controller-manager kube-scheduler; do
  ! systemctl is-active --quiet "$unit" || { echo "$unit does not stop" >&2; exit 1; }
done`;

/** Renames within one file system: cut off between them, the next try finds what is left to do. */
const exchange = (restore: Restore): Script => sh`data=${etcdDataDir(restore.spec)} kept=${keptAt(restore)}
systemctl stop etcd
! systemctl is-active --quiet etcd || { echo "etcd does not stop" >&2; exit 1; }
if [ -e "$data/.kw-restored/member" ]; then
  if [ ! -e "$kept" ]; then
    mkdir "$kept.part" 2>/dev/null
    [ ! -e "$data/member" ] || mv "$data/member" "$kept.part/member" || exit 1
    [ ! -e ${etcdMemberMark} ] || cp -p ${etcdMemberMark} "$kept.part/mark"
    mv "$kept.part" "$kept" || exit 1
  fi
  [ ! -e "$data/member" ] || { echo "$data/member is there again: who starts etcd?" >&2; exit 1; }
  mv "$data/.kw-restored/member" "$data/member" || exit 1
fi
[ -e "$data/member/snap/db" ] && [ -e "$kept" ] || { echo "the restored data are gone" >&2; exit 1; }
rm -rf "$data/.kw-restored"
printf '%s\\n' ${back(restore)} >${wayBack(restore)}
chmod 0700 ${wayBack(restore)}`;

/** A script that stays on the host: the old data in place again. On every member before etcd is started on one. */
const back = (restore: Restore): Script => sh`#!/bin/sh
# Kubewizard: what etcd of this host held before the restore comes back. Run it on every member, one after the other.
set -eu
data=${etcdDataDir(restore.spec)} kept=${keptAt(restore)}
[ -e "$kept/member" ] || { echo "no old data are kept here" >&2; exit 1; }
systemctl stop kube-apiserver kube-controller-manager kube-scheduler etcd
mv "$data/member" "$data/.kw-given-up-$(date -u +%Y%m%dT%H%M%SZ)"
mv "$kept/member" "$data/member"
[ ! -e "$kept/mark" ] || cp -p "$kept/mark" ${etcdMemberMark}
rm -f ${restoreRunning}
systemctl start --no-block etcd kube-apiserver kube-controller-manager kube-scheduler
systemctl restart kubelet kube-proxy
echo "the old data are in place; kw status says when etcd has its quorum"`;

const start = ({ keys }: Restore, host: Host): Script => sh`systemctl reset-failed etcd 2>/dev/null
systemctl start --no-block etcd
tries=0
until ${raw(etcdctl({ host }))} get h >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || \
{ echo "etcd does not answer by way of its quorum" >&2; journalctl -u etcd -n 5 -o cat >&2; exit 1; }
  sleep 1
done
counted=$(ETCDCTL_API=3 ${bin}/etcdctl --endpoints=${`https://${host.address}:${etcdClientPort}`} \
--cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt \
--key=/etc/kubernetes/pki/etcd/healthcheck-client.key --command-timeout=60s get '' --from-key --count-only -w fields | \
sed -n 's/^"Count" : //p')
wanted=${String(keys)}
[ "\${counted:-0}" = "$wanted" ] || { echo "etcd holds \${counted:-0} keys, and the backup has $wanted" >&2; exit 1; }
[ ! -x ${etcdMemberScript} ] || ${etcdMemberScript} record`;

const serve = (host: Host): Script => sh`systemctl reset-failed kube-apiserver 2>/dev/null
systemctl restart kube-apiserver
tries=0
until (
${raw(readyz(host.address))}
); do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "the API server does not become ready" >&2; exit 1; }
  sleep 1
done`;

/** What watches the API from a node. Pods keep running; the kubelet ends those that the backup does not know. */
const renew: Script = sh`for unit in kubelet kube-proxy; do
  ! systemctl is-enabled --quiet "$unit" 2>/dev/null || systemctl restart "$unit" || exit 1
done`;

/** Its pods would ask the API again only when they have waited long enough: up to a minute after it came back. */
const resolve: Script = sh`kubectl() { \
${bin}/kubectl --kubeconfig ${adminConf} -n kube-system --request-timeout=20s "$@"; }
kubectl delete pod -l k8s-app=kube-dns --wait=false >/dev/null || exit 1
for each in $(kubectl get deployment -l k8s-app=kube-dns -o name); do
  kubectl rollout status "$each" --timeout=120s --request-timeout=0 >/dev/null || exit 1
done`;

/** The last act: from now on a run is a new one. */
const ended = ({ run, sha256 }: Restore, host: Host, after: readonly ResourceId[]): Resource => {
  const mark = `${restoreFolder}/${run}/ended`;
  return want(
    'command',
    host.name,
    'restore-ended',
    {
      unless: sh`{ [ -e ${mark} ] && [ ! -e ${restoreRunning} ]; } || echo 'the restore is under way'`,
      run: sh`: >${mark}
rm -f ${stagedAt(sha256)} ${restoreRunning}`,
      risk: 'none',
    },
    { stage: 'addons', because: 'the restore is over', after },
  );
};
