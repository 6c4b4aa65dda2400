/**
 * One image of one layer as a tar that both `ctr images import` (OCI layout) and `docker load` (manifest.json) take.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { ImageArtifact } from '../../model/artifact.js';
import { storeStream, type Stored } from '../store/store.js';
import { addFile, tarOf, type Tree } from './tree.js';

export interface ImageRecipe {
  readonly name: string;
  readonly version: string;
  /** Reference of the image for the digest of its layer. */
  ref(layer: string): string;
  readonly tree: Tree;
  readonly entrypoint: readonly string[];
  readonly env?: readonly string[];
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

/** The layer is written uncompressed: hosts unpack it faster than they would inflate it. */
export async function makeImage(recipe: ImageRecipe, store: string, scratch: string): Promise<ImageArtifact> {
  await mkdir(scratch, { recursive: true });
  const layer = await storeStream(scratch, tarOf(recipe.tree));
  try {
    const ref = recipe.ref(layer.sha256);
    const archive = await storeStream(store, archiveOf(ref, recipe, layer));
    return { name: recipe.name, version: recipe.version, ref, ...archive };
  } finally {
    await rm(layer.file, { force: true });
  }
}

function archiveOf(ref: string, recipe: ImageRecipe, layer: Stored) {
  const config = blob(types.config, {
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Entrypoint: recipe.entrypoint,
      Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...(recipe.env ?? [])],
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer.sha256}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'kubewizard' }],
  });
  const manifest = blob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: [{ mediaType: types.layer, digest: `sha256:${layer.sha256}`, size: layer.size }],
  });
  const index = {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      {
        ...manifest.descriptor,
        platform: { architecture: 'amd64', os: 'linux' },
        annotations: { 'io.containerd.image.name': ref, 'org.opencontainers.image.ref.name': tagOf(ref) },
      },
    ],
  };
  const docker = [{ Config: config.path, RepoTags: [ref], Layers: [`blobs/sha256/${layer.sha256}`] }];
  return packed(
    new Map([
      ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
      ['index.json', JSON.stringify(index)],
      ['manifest.json', JSON.stringify(docker)],
      [config.path, config.text],
      [manifest.path, manifest.text],
    ]),
    `blobs/sha256/${layer.sha256}`,
    layer.file,
  );
}

function packed(texts: ReadonlyMap<string, string>, layerPath: string, layerFile: string) {
  const tar = pack();
  const header = (name: string) => ({ name, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 });
  const write = async () => {
    for (const [path, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) tar.entry(header(path), text);
    await addFile(tar, header(layerPath), layerFile);
    tar.finalize();
  };
  write().catch(error => tar.destroy(error));
  return Readable.from(tar);
}

function blob(mediaType: string, value: unknown) {
  const text = JSON.stringify(value);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return {
    text,
    path: `blobs/sha256/${sha256}`,
    descriptor: { mediaType, digest: `sha256:${sha256}`, size: Buffer.byteLength(text) },
  };
}

const tagOf = (ref: string): string => ref.slice(ref.lastIndexOf(':') + 1);
