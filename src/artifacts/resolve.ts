/** From what a cluster wants to the files that make it: the one entry of this folder. */
import type { ArtifactSource } from '../model/cluster.js';
import type { ArtifactSet } from '../model/artifact.js';
import { fromFirst } from './auto.js';
import { fromDebian } from './debian/debian.js';
import { fromGo } from './go/go.js';
import { fromMirror } from './mirror/mirror.js';
import type { ResolveOptions, Wanted } from './options.js';
import { fromRelease } from './release/release.js';

const sources: Readonly<Record<ArtifactSource, (wanted: Wanted, options: ResolveOptions) => Promise<ArtifactSet>>> = {
  auto: fromFirst,
  mirror: fromMirror,
  release: fromRelease,
  go: fromGo,
  debian: fromDebian,
};

/**
 * Every file of the answer lies in the cache, whole and verified. Throws WorldFailed with the next act; nothing is
 * half-installed then.
 */
export const resolveArtifacts = (wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> =>
  sources[wanted.source](wanted, options);
