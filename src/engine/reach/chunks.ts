/** Pieces of artifacts for hosts that cannot fetch over HTTP: they travel through ssh. */
import { open } from 'node:fs/promises';
import type { Artifact } from '../../model/artifact.js';
import type { ArtifactServer } from '../context.js';

export const chunksOf =
  (files: ReadonlyMap<string, Artifact>): ArtifactServer['chunk'] =>
  async (sha256, offset, length) => {
    const artifact = files.get(sha256);
    if (!artifact) return undefined;
    const handle = await open(artifact.file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  };
