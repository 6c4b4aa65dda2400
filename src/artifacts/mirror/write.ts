/** Lays out a folder like upstream's release sites from a set: the airgap bundle, and what `source: mirror` reads. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ArtifactSet } from '../../model/artifact.js';
import { fileName } from '../release/download.js';
import { digestOf } from '../release/site.js';
import { manifestPath } from './manifest.js';
import { piecesOf } from './pieces.js';

export interface Written {
  readonly files: number;
  readonly bytes: number;
}

/** Files are replaced one by one, each atomically; other versions in the folder stay. */
export async function writeMirror(
  set: ArtifactSet,
  folder: string,
  progress: (says: string) => void = () => {},
): Promise<Written> {
  const { kubernetes, manifest, pieces } = piecesOf(set);
  let bytes = 0;
  for (const { published, content } of pieces) {
    progress(`writing ${published.path}`);
    const { sha256, size } = await putStream(join(folder, published.path), content());
    await putText(join(folder, published.sums), `${sha256}  ${fileName(published.path)}\n`);
    bytes += size;
  }
  // Last, so that a folder that was cut off is not taken for a whole one.
  await putText(join(folder, manifestPath(kubernetes, 'amd64')), `${JSON.stringify(manifest, null, 1)}\n`);
  return { files: pieces.length, bytes };
}

async function putStream(path: string, content: Readable): Promise<{ readonly sha256: string; readonly size: number }> {
  await mkdir(dirname(path), { recursive: true });
  await pipeline(content, createWriteStream(`${path}.part`));
  const written = await digestOf(`${path}.part`);
  await rename(`${path}.part`, path);
  return written;
}

async function putText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}
