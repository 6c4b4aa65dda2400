/** What a restore is, and where it leaves its things on a host. */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { type Script, sh } from '../../shell/sh.js';
import { etcdDataDir } from '../components/etcd-backup-script.js';
import { own } from '../render/paths.js';

/** Hosts that are not seen have no part in it: members are those of the hosts that are. */
export interface Restore {
  readonly spec: ClusterSpec;
  /** `20261128T230606Z-3f9c0d2a41bb`: the run, which is the same when it is begun again. */
  readonly run: string;
  /** Of the snapshot's content: 64 hexadecimal digits. */
  readonly sha256: string;
  /** Keys that it holds, and its revision, as its proof counted them. */
  readonly keys: number;
  readonly revision: number;
  readonly members: readonly Host[];
  readonly controlPlanes: readonly Host[];
  readonly nodes: readonly Host[];
}

/** Bumped, so that no watch goes on as if nothing had been: each is told that its revision is compacted, and lists. */
export const bump = 1_000_000_000;

export const restoreFolder = `${own}/restore`;
/** Which run is under way on this host: its name, the snapshot's digest, the members that it is restored to. */
export const restoreRunning = `${restoreFolder}/running`;
/** Where the snapshot waits on every member. */
export const stagedAt = (sha256: string): string => `${restoreFolder}/${sha256}.db`;
/** Marks of one run, each named as its step. */
export const folderOf = ({ run }: Pick<Restore, 'run'>): string => `${restoreFolder}/${run}`;
export const wayBack = (restore: Pick<Restore, 'run'>): string => `${folderOf(restore)}/way-back`;
/** The old data, beside the new. */
export const keptAt = ({ spec, run }: Pick<Restore, 'spec' | 'run'>): string =>
  `${etcdDataDir(spec)}/.kw-before-${run}`;

export const apiUnits = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * `runs UNIT`: also while it starts; etcd without its quorum is always starting. `halt UNIT…`: an API server without
 * its etcd takes minutes to end by itself, and has nothing to lose.
 */
export const unitsText: Script = sh`runs() {
  case $(systemctl is-active "$1" 2>/dev/null) in active | activating | reloading | deactivating) return 0 ;; esac
  return 1
}
halt() {
  systemctl stop --no-block "$@" 2>/dev/null
  waited=0
  for unit do
    while runs "$unit"; do
      waited=$((waited + 1))
      [ "$waited" != 20 ] || systemctl kill -s KILL "$@" 2>/dev/null
      [ "$waited" -lt 100 ] || { echo "$unit does not stop" >&2; return 1; }
      sleep 0.5
    done
  done
}`;
