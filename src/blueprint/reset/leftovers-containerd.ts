/**
 * What reset takes out of containerd. Its namespace `k8s.io` is the cluster's, every other one (`moby`, `default`) is
 * somebody else's: where there is one that holds something, the store stays and only `k8s.io` goes.
 */
import { own, units } from '../render/paths.js';
import type { Leftover } from './leftover.js';
import { raw, sh } from '../../shell/sh.js';

/** Kubewizard's own containerd has been here: nothing is taken out of one that it never ran. */
const ran = sh`[ -e ${own}/owned${units}/containerd.service ]`;
const note = `${own}/others-in-containerd`;
const cleared = `${note}.cleared`;
const tasks = 'io.containerd.runtime.v2.task';

/**
 * Prints the names of others' namespaces. Asked while containerd runs, and noted, because it must be stopped before its
 * folder is judged. Where it does not run any more, the folders tell who ever ran a container in it.
 */
export const others = sh`kw_ctr() { timeout 20 ctr --connect-timeout 3s "$@" 2>/dev/null; }
kw_others() {
  if [ -e ${note} ]; then cat ${note}
  elif systemctl is-active -q containerd.service 2>/dev/null && kw_names=$(kw_ctr namespaces ls -q); then
    for n in $kw_names; do
      [ "$n" = k8s.io ] || [ -z "$(kw_ctr -n "$n" containers ls -q; kw_ctr -n "$n" images ls -q)" ] || echo "$n"
    done
  else ls /var/lib/containerd/${tasks} /run/containerd/${tasks} 2>/dev/null | \
grep -v '^k8s\\.io$\\|:$\\|^$' | sort -u; fi
}`;

/** Before anything stops: who else is in there. */
export const whoElse: Leftover = {
  name: 'others in containerd',
  find: sh`! ${raw(ran)} || [ -e ${note} ] || echo 'containerd was not asked yet'`,
  remove: sh`${raw(others)}\nkw_others >${note}.part && mv ${note}.part ${note}`,
  risk: 'none',
};

const emptied = sh`for c in $(kw_ctr -n k8s.io containers ls -q); do
  kw_ctr -n k8s.io tasks rm -f "$c"; kw_ctr -n k8s.io containers rm "$c"
done >/dev/null
kw_ctr -n k8s.io images ls -q | while read -r i; do kw_ctr -n k8s.io images rm --sync "$i"; done >/dev/null
kw_ctr -n k8s.io leases ls -q | while read -r l; do kw_ctr -n k8s.io leases rm "$l"; done >/dev/null
for try in 1 2 3 4 5 6 7 8; do
  kw_ctr -n k8s.io snapshots ls | { read -r _; while read -r s _; do kw_ctr -n k8s.io snapshots rm "$s"; done; }
  kw_ctr -n k8s.io content ls -q | while read -r b; do kw_ctr -n k8s.io content rm "$b"; done >/dev/null
  said=$(ctr namespaces rm k8s.io 2>&1) && break
  sleep 0.5
done
case " $(kw_ctr namespaces ls -q | tr '\\n' ' ')" in *" k8s.io "*) echo \
"containerd keeps k8s.io: $said" >&2; exit 1;; esac`;

/** The cluster's part of a store that is shared. containerd is left running: others need it. */
const ours: Leftover = {
  name: 'k8s.io in containerd',
  find: sh`${raw(others)}\n! ${raw(ran)} || [ -e ${cleared} ] || { o=$(kw_others); [ -z "$o" ] || \
echo "images and records of k8s.io, beside" $o; }`,
  remove: sh`${raw(others)}\nsystemctl start containerd.service || exit 1\n${raw(emptied)}\n: >${cleared}`,
  risk: 'none',
};

/** The whole store, where nobody else has anything in it. */
const whole = (folder: string): Leftover => ({
  name: `contents of ${folder}`,
  find: sh`${raw(others)}\n! ${raw(ran)} || [ -n "$(kw_others)" ] || \
find ${folder} -mindepth 1 -maxdepth 1 2>/dev/null | sort | head -5`,
  remove: sh`${raw(others)}\n[ -z "$(kw_others)" ] || exit 0\nfind ${folder} -mindepth 1 -xdev -depth -delete; \
rmdir ${folder} 2>/dev/null; true`,
  risk: 'none',
});

export const store: readonly Leftover[] = [ours, whole('/var/lib/containerd'), whole('/run/containerd')];

/** At the very end, with the owner's own unit and configuration in their places again. */
export const handBack = sh`[ ! -s ${note} ] || { systemctl daemon-reload; systemctl restart containerd.service; }`;
