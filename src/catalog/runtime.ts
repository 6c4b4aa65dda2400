/** containerd's and runc's own axis: which goes with a Kubernetes, and the holes that older ones have. */
import { compareVersions, minorOf, parseVersion } from './versions.js';

export type RuntimeProgram = 'containerd' | 'runc';

/**
 * containerd 1.7 speaks both versions of CRI; 2.x only v1, which kubelets speak from 1.23 on, and which is all that
 * those from 1.36 on accept. Patch levels are the newest whose digests are pinned (digests/parts.json).
 */
export const containerdFor = (kubernetes: string): string => (minorOf(kubernetes) <= 30 ? '1.7.34' : '2.3.4');

export const runcVersion = '1.3.6';

/** A hole that its project has named and mended. */
export interface KnownHole {
  readonly cve: string;
  /** What it lets happen, in a few words. */
  readonly says: string;
}

interface Mended extends KnownHole {
  /** First patch without it, by line (`1.7`); a line that is not named has it, unless it is newer than all of these. */
  readonly mendedIn: readonly string[];
  /** The first version that has it; absent: all before. */
  readonly since?: string;
}

/** Sources: the projects' security advisories. Newest first. */
const holes: Readonly<Record<RuntimeProgram, readonly Mended[]>> = {
  containerd: [
    {
      cve: 'CVE-2026-53488',
      says: 'a label of an image runs a command on the host',
      mendedIn: ['1.7.33', '2.0.10', '2.1.9', '2.2.5', '2.3.2'],
      since: '1.7.0',
    },
    {
      cve: 'CVE-2026-53492',
      says: 'a checkpoint image brings devices and mounts of the host',
      mendedIn: ['2.1.9', '2.2.5', '2.3.2'],
      since: '2.1.0',
    },
    {
      cve: 'CVE-2026-50195',
      says: 'a checkpoint image puts a foreign image under a known name',
      mendedIn: ['2.1.9', '2.2.5', '2.3.2'],
      since: '2.1.0',
    },
    {
      cve: 'CVE-2024-25621',
      says: "users of a host reach containerd's folders",
      mendedIn: ['1.7.29', '2.0.7', '2.1.5', '2.2.0'],
    },
    {
      cve: 'CVE-2025-64329',
      says: 'kubectl attach fills the memory of a host',
      mendedIn: ['1.7.29', '2.0.7', '2.1.5', '2.2.0'],
    },
    {
      cve: 'CVE-2024-40635',
      says: 'a user number that is too large runs as root',
      mendedIn: ['1.6.38', '1.7.27', '2.0.4'],
    },
  ],
  runc: [
    {
      cve: 'CVE-2026-41579',
      says: 'an image makes and removes files of the host',
      mendedIn: ['1.3.6', '1.4.3', '1.5.0'],
    },
    { cve: 'CVE-2025-31133', says: 'a container breaks out by masked paths', mendedIn: ['1.2.8', '1.3.3', '1.4.0'] },
    { cve: 'CVE-2025-52565', says: 'a container breaks out by /dev/console', mendedIn: ['1.2.8', '1.3.3', '1.4.0'] },
    { cve: 'CVE-2025-52881', says: 'a container writes to /proc of the host', mendedIn: ['1.2.8', '1.3.3', '1.4.0'] },
    { cve: 'CVE-2024-21626', says: 'a container keeps a folder of the host open', mendedIn: ['1.1.12'] },
  ],
};

/** Holes that this version has and a later one has not; empty for what is no exact version. */
export const knownHoles = (program: RuntimeProgram, version: string): readonly KnownHole[] =>
  parseVersion(version) ? holes[program].filter(hole => has(hole, version)) : [];

const has = ({ mendedIn, since }: Mended, version: string): boolean => {
  if (since !== undefined && compareVersions(version, since) < 0) return false;
  const line = lineOf(version);
  const own = mendedIn.find(one => lineOf(one) === line);
  if (own !== undefined) return compareVersions(version, own) < 0;
  const newest = mendedIn.at(-1);
  return newest !== undefined && compareVersions(version, newest) < 0;
};

const lineOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/** What containerd itself recommends for a minor (its RELEASES.md); absent: it says nothing of it any more. */
export const recommendedContainerd = (kubernetes: string): string | undefined => {
  const minor = minorOf(kubernetes);
  if (minor >= 36) return '2.2.0';
  return minor === 35 ? '1.7.28' : undefined;
};
