/** What stands in the way of making a cluster of Kubewizard's own of one that others built. */
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import type { Hit, Severity } from '../../preflight/upgrade/finding.js';
import type { Drawing } from '../draw/draw.js';

export type ConversionRule =
  | 'another-builder'
  | 'not-as-adopted'
  | 'file-differs'
  | 'cannot-be-said'
  | 'ill'
  | 'versions-mixed'
  | 'etcd-apart'
  | 'etcd-named-otherwise'
  | 'etcd-version'
  | 'etcd-unwell'
  | 'other-port'
  | 'pki-elsewhere'
  | 'key-missing'
  | 'path-in-container'
  | 'more-in-pod'
  | 'other-runtime'
  | 'encrypted'
  | 'unencrypted'
  | 'timer-of-builder'
  | 'one-control-plane'
  | 'endpoint-on-one-host';

/** blocker: it would stop half-way, or lose something. warning: what to do, or to expect. note: what to know. */
export interface ConversionFinding {
  readonly rule: ConversionRule;
  readonly severity: Severity;
  readonly hits: readonly Hit[];
  readonly why: string;
  /** The next act. */
  readonly next: string;
}

export interface Conversion {
  readonly chart: Chart;
  /** Of the file, which knows who built the cluster. */
  readonly spec: ClusterSpec;
  /** As it would be drawn today. */
  readonly drawing: Drawing;
  readonly planes: readonly HostChart[];
  readonly members: readonly HostChart[];
  /** Version of the etcd that is brought, where the artifacts are at hand. */
  readonly brings?: string | undefined;
}

/** Pure; what is missing is noted by the reader. */
export type ConversionJudge = (conversion: Conversion, evidence: EvidenceReader) => readonly ConversionFinding[];

type Words = Pick<ConversionFinding, 'why' | 'next'>;

/** One finding for all that is hit alike; none where nothing is. */
export const stands = (
  rule: ConversionRule,
  severity: Severity,
  hits: readonly Hit[],
  words: Words,
): readonly ConversionFinding[] => (hits.length === 0 ? [] : [{ rule, severity, hits, ...words }]);

/** The host as the file has it. */
export const ownOf = ({ hosts }: ClusterSpec, { name, address }: HostChart): Host | undefined =>
  hosts.find(one => one.name === name) ?? hosts.find(one => one.address === address);
