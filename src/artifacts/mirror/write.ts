/** Lays out a folder like upstream's release sites from a set: the airgap bundle, and what `source: mirror` reads. */
import { hash } from 'node:crypto';
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
  /** `sha256:…` of the manifest, for `artifacts.mirrorDigest`. */
  readonly digest: string;
}

/** Files are replaced one by one, each atomically; other versions in the folder stay. */
export async function writeMirror(
  set: ArtifactSet,
  folder: string,
  progress: (says: string) => void = () => {},
): Promise<Written> {
  const { kubernetes, manifest, pieces } = piecesOf(set);
  let bytes = 0;
  const files: Record<string, string> = {};
  for (const { published, content } of pieces) {
    progress(`writing ${published.path}`);
    const { sha256, size } = await putStream(join(folder, published.path), content());
    await putText(join(folder, published.sums), `${sha256}  ${fileName(published.path)}\n`);
    files[published.path] = sha256;
    bytes += size;
  }
  // Last, so that a folder that was cut off is not taken for a whole one.
  const text = `${JSON.stringify({ ...manifest, files }, null, 1)}\n`;
  await putText(join(folder, manifestPath(kubernetes, 'amd64')), text);
  return { files: pieces.length, bytes, digest: `sha256:${hash('sha256', text)}` };
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
