/** The moment of a restore: old data out, restored data in; and the script that turns it back. */
import { raw, type Script, sh } from '../../shell/sh.js';
import { etcdDataDir } from '../components/etcd-backup-script.js';
import { etcdctl } from '../components/etcd.js';
import type { Host } from '../../model/cluster.js';
import { etcdMemberMark } from '../render/paths.js';
import { apiUnits, folderOf, keptAt, type Restore, restoreRunning, unitsText, wayBack } from './paths.js';

/**
 * Renames within one file system: cut off between them, the next try finds what is left to do. A host that was
 * restarted in between has started its API server again.
 */
export const exchange = (restore: Restore): Script => sh`data=${etcdDataDir(restore.spec)} kept=${keptAt(restore)}
${raw(unitsText)}
halt ${apiUnits} || exit 1
systemctl stop etcd
! runs etcd || { echo "etcd does not stop" >&2; exit 1; }
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
rm -rf "$data/.kw-restored"`;

/** Puts the script on a host, whole or not at all; before anything is stopped there. */
export const wayBackPlaced = (restore: Restore, host: Host): Script => sh`mkdir -p ${folderOf(restore)} && \
printf '%s\\n' ${wayBackText(restore, host)} >${`${wayBack(restore)}.part`} && \
chmod 0700 ${`${wayBack(restore)}.part`} && mv ${`${wayBack(restore)}.part`} ${wayBack(restore)} || exit 1`;

/**
 * In two rounds: an API server that starts while the restored data still have a quorum would remember them. Without
 * old data a host is left without: one that never was a member must not found a second etcd.
 */
const wayBackText = (restore: Restore, host: Host): Script => sh`#!/bin/sh
# Kubewizard: takes the restore ${restore.run} back, in two rounds:
# first without a word on every host of etcd and every control plane, then with the word serve on each of them.
set -u
data=${etcdDataDir(restore.spec)} kept=${keptAt(restore)} marks=${folderOf(restore)}
${raw(unitsText)}
back() {
  halt ${apiUnits} && halt etcd || exit 1
  # An exchange that was cut off has not given its name to what it keeps yet.
  if [ -e "$kept.part/member" ] && [ ! -e "$kept" ]; then mv "$kept.part" "$kept" || exit 1; fi
  rm -rf "$kept.part"
  if [ -e "$kept" ]; then
    # Once the old data are in place, nothing is kept any more.
    if [ -e "$kept/member" ] || [ ! -e "$kept/back" ]; then
      [ ! -e "$data/member" ] || mv "$data/member" "$data/.kw-given-up-$(date -u +%Y%m%dT%H%M%SZ)" || exit 1
      [ ! -e "$kept/mark" ] || cp -p "$kept/mark" ${etcdMemberMark} || exit 1
      : >"$kept/back"
      [ ! -e "$kept/member" ] || mv "$kept/member" "$data/member" || exit 1
    fi
    rm -rf "$kept"
  fi
  rm -rf "$data/.kw-restored"
  rm -f ${restoreRunning}
  for mark in prepared stopped exchanged started serving controlled renewed resolving ended; do
    rm -f "$marks/$mark"
  done
  [ ! -e "$data/member" ] || systemctl start --no-block etcd
  echo "done on this host. When it is done on all hosts of etcd and all control planes, on each: sh $0 serve"
}
serve() {
  tries=0
  until [ ! -e "$data/member" ] || ${raw(etcdctl({ host }))} get h >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { echo "etcd has no quorum yet: is $0 done on every host of etcd?" >&2; exit 1; }
    sleep 1
  done
  for unit in ${apiUnits} kubelet kube-proxy; do
    ! systemctl is-enabled --quiet "$unit" 2>/dev/null || systemctl restart --no-block "$unit"
  done
  echo "started. On every other node: systemctl restart kubelet kube-proxy. Then: kw status"
}
case \${1:-} in
'') back ;;
serve) serve ;;
*) echo "usage: sh $0 [serve]" >&2; exit 64 ;;
esac`;
