/** What an upgrade of this cluster meets, each with the names of what it hits. */
import type { DrainPolicy } from '../../model/drain.js';
import type { ClusterSpec } from '../../model/cluster.js';
import type { Chart } from '../../clinic/chart/chart.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import type { UpgradeSeen } from '../../facts/upgrade/seen.js';

/**
 * blocker: the upgrade would stop half-way, or lose something. warning: something that works would no longer, or the
 * upgrade takes long. note: what to know; nothing is wrong.
 */
export type Severity = 'blocker' | 'warning' | 'note';

/** What is hit: a host, an object of the API, a file on a host, a client, or the cluster file. */
export interface Hit {
  readonly what: 'host' | 'node' | 'object' | 'file' | 'client' | 'cluster-file' | 'cluster';
  readonly name: string;
  /** What of it: `--pod-infra-container-image`, `last written by argocd`. */
  readonly detail?: string;
}

export interface UpgradeFinding {
  /** Stable, kebab case. */
  readonly rule: RuleId;
  readonly severity: Severity;
  /** The minor whose arrival does it: `1.25`; absent: any upgrade. */
  readonly into?: string;
  readonly hits: readonly Hit[];
  readonly why: string;
  /** The next act. */
  readonly next: string;
}

export type RuleId =
  | 'version-back'
  | 'version-unknown'
  | 'minor-skipped'
  | 'end-of-life'
  | 'control-plane-mixed'
  | 'skew'
  | 'node-not-of-the-file'
  | 'node-not-ready'
  | 'etcd-gate'
  | 'etcd-unhealthy'
  | 'etcd-learner'
  | 'etcd-unstarted'
  | 'etcd-alarm'
  | 'etcd-nearly-full'
  | 'etcd-v2'
  | 'flag-removed'
  | 'gate-removed'
  | 'gate-locked'
  | 'admission-plugin-removed'
  | 'cloud-removed'
  | 'configuration-version-removed'
  | 'api-removed'
  | 'api-without-heir'
  | 'api-requested'
  | 'helm-release'
  | 'stored-version'
  | 'volume-removed'
  | 'schedule-with-zone'
  | 'old-registry'
  | 'master-label'
  | 'exec-needs-create'
  | 'static-pod-names-objects'
  | 'dockershim'
  | 'containerd-too-old'
  | 'containerd-below-recommended'
  | 'cgroup-v1'
  | 'kernel-too-old'
  | 'little-room'
  | 'proxy-mode'
  | 'eviction-forbidden'
  | 'two-budgets'
  | 'pod-without-controller'
  | 'local-data'
  | 'empty-dir'
  | 'pod-terminating'
  | 'eviction-webhook'
  | 'does-not-fit'
  | 'webhook-without-backend'
  | 'webhook-on-one-pod'
  | 'webhook-old-versions'
  | 'converter-without-backend'
  | 'apiservice-unavailable'
  | 'certificate-ends'
  | 'other-owner'
  | 'containers-restart';

/** What is judged. */
export interface Upgrade {
  /** Of the API server that answered. */
  readonly from: string;
  readonly to: string;
  readonly chart: Chart;
  readonly seen: UpgradeSeen;
  /** The cluster file, for a cluster that Kubewizard built. */
  readonly spec?: ClusterSpec;
  /** What the drains may do; absent: as kubectl does without flags. */
  readonly drain?: DrainPolicy | 'off';
}

/** Pure; what is missing is noted by the reader. */
export type Rule = (upgrade: Upgrade, reader: EvidenceReader) => readonly UpgradeFinding[];

export const onHost = (name: string, detail?: string): Hit => hit('host', name, detail);
export const hit = (what: Hit['what'], name: string, detail?: string): Hit => ({
  what,
  name,
  ...(detail === undefined ? {} : { detail }),
});

/** One finding for all that is hit alike; none where nothing is. */
export const found = (
  rule: RuleId,
  severity: Severity,
  hits: readonly Hit[],
  { why, next, into }: { readonly why: string; readonly next: string; readonly into?: string | undefined },
): readonly UpgradeFinding[] =>
  hits.length === 0 ? [] : [{ rule, severity, ...(into === undefined ? {} : { into }), hits, why, next }];

/** Things that are alike by a key, in the order in which they came. */
export const grouped = <T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return groups;
};
