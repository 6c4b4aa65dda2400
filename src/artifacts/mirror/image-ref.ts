/** The name that an image archive (OCI layout, or what `docker save` and `ctr images export` write) gives its image. */
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { extract } from 'tar-stream';

const limit = 1 << 20;

export async function refOf(archive: string): Promise<string | undefined> {
  const texts = new Map<string, string>();
  const entries = extract();
  createReadStream(archive, { highWaterMark: 1 << 20 })
    .on('error', error => entries.destroy(error))
    .pipe(entries);
  for await (const entry of entries) {
    const path = posix.normalize(entry.header.name);
    if ((path === 'index.json' || path === 'manifest.json') && (entry.header.size ?? 0) <= limit)
      texts.set(path, await textOf(entry));
    else entry.resume();
  }
  return fromIndex(texts.get('index.json')) ?? fromManifest(texts.get('manifest.json'));
}

async function textOf(entry: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function fromIndex(text: string | undefined): string | undefined {
  const index =
    text === undefined ? undefined : (JSON.parse(text) as { manifests?: { annotations?: Record<string, string> }[] });
  return index?.manifests?.map(({ annotations }) => annotations?.['io.containerd.image.name']).find(Boolean);
}

function fromManifest(text: string | undefined): string | undefined {
  const manifest = text === undefined ? undefined : (JSON.parse(text) as { RepoTags?: string[] | null }[]);
  return manifest?.flatMap(({ RepoTags }) => RepoTags ?? [])[0];
}
