/** containerd and runc that are to be installed, and what is known against them. */
import { containerdFor, knownHoles, runcVersion } from '../catalog/index.js';
import type { ArtifactSet } from '../model/artifact.js';
import { type ClusterSpec, nodes } from '../model/cluster.js';
import { type Finding, warning } from './finding.js';

/**
 * Of the files that the source brings: what comes as a package is mended by its distribution under an old number, which
 * says nothing.
 */
export const saysKnownHoles = (spec: ClusterSpec, { binaries }: Pick<ArtifactSet, 'binaries'>): readonly Finding[] =>
  (['containerd', 'runc'] as const).flatMap(program => {
    const version = binaries[program]?.version ?? '';
    const holes = knownHoles(program, version);
    if (holes.length === 0) return [];
    const key = program === 'runc' ? 'runtime.runc' : 'runtime.version';
    const better = program === 'runc' ? runcVersion : containerdFor(spec.kubernetes);
    const found = warning(
      'known-holes',
      `${program} ${version} has known holes: ${holes.map(({ cve, says }) => `${cve} (${says})`).join(', ')}`,
      `set ${key}: ${better}, or leave it out; a mirror must hold that version`,
    );
    return nodes(spec).map(({ name }) => ({ host: name, ...found }));
  });
