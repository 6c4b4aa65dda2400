/** What is drawn of a cluster: the file, where each value was read, and what the file cannot say. */
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import type { Host } from '../../model/cluster.js';
import type { ComponentKey } from '../../model/components.js';
import type { ClusterFile } from '../../spec/schema.js';
import type { Built } from '../owner/builder.js';

/** What stays out of the file, word for word, and why. */
export interface Held {
  readonly component: ComponentKey;
  /** `--foo=bar`, or `field: value` of a configuration in JSON. */
  readonly word: string;
  readonly why: string;
  /** Of these hosts alone; absent: of all that run it. */
  readonly hosts?: readonly string[];
}

/**
 * note: what to know. held: the file cannot say it. changes: what a `kw up` would change if it were let. keep: what
 * must not be touched. unseen: what nobody could read.
 */
export const lineKinds = ['note', 'held', 'changes', 'keep', 'unseen'] as const;
export interface Line {
  readonly kind: (typeof lineKinds)[number];
  readonly says: string;
}

/** A value and the place where it was read. */
export interface Read<T> {
  readonly value: T;
  readonly from: string;
}

export interface Seen {
  readonly chart: Chart;
  readonly built: Built;
  readonly planes: readonly HostChart[];
  readonly members: readonly HostChart[];
  /** How each host was reached, by its name in the chart. */
  readonly ways: ReadonlyMap<string, Host['ssh']>;
  /** What the person calls it, if not what its administrators do. */
  readonly name?: string | undefined;
}

/** A part of the file. `from`: where a key was read, by its path: `network.pods`, `hosts.0`. */
export interface Part {
  readonly file: Partial<ClusterFile>;
  readonly from: Readonly<Record<string, string>>;
  readonly held?: readonly Held[];
  readonly lines: readonly Line[];
}

export const only = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });

/** What most of them say, if they say anything. */
export const agreed = <T>(all: readonly Read<T>[]): Read<T> | undefined => {
  const counts = new Map<string, { count: number; first: Read<T> }>();
  for (const one of all) {
    const key = JSON.stringify(one.value);
    counts.set(key, { first: counts.get(key)?.first ?? one, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.first;
};
