/** etcd's own axis: its lines, and which of them goes with a minor of Kubernetes. */
import { compareVersions, minorOf, parseVersion } from './versions.js';

export interface EtcdLine {
  /** `3.6`. */
  readonly line: string;
  /** The newest patch release this catalog has heard of. */
  readonly newest: string;
  /**
   * A member may move to this line only from the line before, at this patch or a later one: older ones lose members'
   * roles.
   */
  readonly from?: string;
  /** ISO date; absent: patches still come. */
  readonly endOfLife?: string;
}

/**
 * Oldest first. Gates: etcd.io/docs/v3.6/upgrades/upgrade_3_6 (3.5.26 mends the v2 store's membership), and 3.6 before
 * 3.7.
 */
export const etcdLines: readonly EtcdLine[] = [
  { line: '3.4', newest: '3.4.37', endOfLife: '2025-05-15' },
  { line: '3.5', newest: '3.5.35', from: '3.4.0' },
  { line: '3.6', newest: '3.6.16', from: '3.5.26' },
  { line: '3.7', newest: '3.7.3', from: '3.6.0' },
];

export const etcdLine = (version: string): EtcdLine | undefined => {
  const parsed = parseVersion(version);
  return parsed && etcdLines.find(({ line }) => line === `${parsed.major}.${parsed.minor}`);
};

/**
 * undefined: it may. Else why not, for people. Downgrades are never allowed: what is stored may be newer than the old
 * one can read.
 */
export const etcdUpgradeRefused = (from: string, to: string): string | undefined => {
  if (!parseVersion(from) || !parseVersion(to)) return `${from} → ${to}: not exact versions`;
  if (compareVersions(to, from) < 0) return `etcd ${from} does not go back to ${to}`;
  const steps = minorOf(to) - minorOf(from);
  if (steps === 0) return undefined;
  if (steps > 1) return `etcd goes one line at a time, and ${from} → ${to} skips one`;
  const gate = etcdLine(to)?.from;
  return gate === undefined || compareVersions(from, gate) >= 0
    ? undefined
    : `etcd must be ${gate} or newer before it becomes ${to}, and is ${from}`;
};

/** Whether a restore can raise revisions (etcdutl's --bump-revision). Source: CHANGELOG-3.5 of etcd. */
export const bumps = (version: string): boolean =>
  parseVersion(version) !== undefined && compareVersions(version, '3.5.10') >= 0;

/**
 * How this etcd is told to compare its data with its peers': before it serves after a start, and after each compaction
 * (cheap: the hash is counted beside it). Source: etcd's CHANGELOG-3.5 and -3.6, `etcd --help` of 3.4.23 and 3.7.3.
 */
export const corruptionChecks = (version: string): Readonly<Record<string, string>> => {
  if (!parseVersion(version)) return {};
  if (compareVersions(version, '3.6.0') >= 0)
    return { 'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true' };
  return {
    'experimental-initial-corrupt-check': 'true',
    ...(compareVersions(version, '3.5.5') >= 0 ? { 'experimental-compact-hash-check-enabled': 'true' } : {}),
  };
};
