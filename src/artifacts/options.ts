/** What callers of `resolveArtifacts` say, and the fixed shape of the user's cache. */
import { join } from 'node:path';
import type { ArtifactSource } from '../model/cluster.js';
import type { Pins } from './release/pins.js';
import type { RetryPolicy } from './release/retry.js';

/** What the cluster file says of them, without a leading v; what is absent is the source's own. */
export interface RuntimeVersions {
  readonly containerd?: string;
  readonly runc?: string;
}

export interface Wanted {
  /** Exact version without a leading v: `1.20.2`. */
  readonly kubernetes: string;
  readonly source: ArtifactSource;
  /** `https://…`, `http://…`, `file://…` or a path of a folder. */
  readonly mirror?: string;
  /** `sha256:…` of the mirror's manifest of this version, which names the digests of all its files. */
  readonly mirrorDigest?: string;
  readonly runtime?: RuntimeVersions;
  readonly arch: 'amd64';
}

/** Where upstream publishes; replaced only by tests. No trailing slash. */
export interface ReleaseSites {
  readonly kubernetes: string;
  readonly github: string;
}

export const upstreamSites: ReleaseSites = { kubernetes: 'https://dl.k8s.io', github: 'https://github.com' };

export interface ResolveOptions {
  /** The user's cache folder, `defaultCache(process.env)`. */
  readonly cache: string;
  /** One line for people; `done` and `of` in bytes where they are known. */
  progress(says: string, done?: number, of?: number): void;
  readonly signal?: AbortSignal;
  readonly urls?: ReleaseSites;
  /** In place of the catalog's; replaced only by tests, whose files are not upstream's. */
  readonly pins?: Pins;
  readonly retry?: RetryPolicy;
}

/** `$XDG_CACHE_HOME/kubewizard`, else `~/.cache/kubewizard`. */
export const defaultCache = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(environment.XDG_CACHE_HOME || join(environment.HOME ?? '/root', '.cache'), 'kubewizard');

export const folders = (cache: string) => ({
  store: join(cache, 'store'),
  sets: join(cache, 'sets'),
  locks: join(cache, 'locks'),
  builds: join(cache, 'builds'),
});
