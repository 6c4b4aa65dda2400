/** Takes single files out of a verified tarball into the store. */
import { createReadStream } from 'node:fs';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { failed } from '../failure.js';
import { storeStream, type Stored } from '../store/store.js';

/** By path inside the tarball; every one of `paths` is there, or it fails; `optional` may be. */
export async function unpack(
  tarball: string,
  name: string,
  paths: readonly string[],
  store: string,
  optional: readonly string[] = [],
): Promise<ReadonlyMap<string, Stored>> {
  const wanted = new Set([...paths, ...optional]);
  const found = new Map<string, Stored>();
  const entries = extract();
  const source = createReadStream(tarball, { highWaterMark: 1 << 20 });
  const gunzip = createGunzip();
  source
    .on('error', error => entries.destroy(error))
    .pipe(gunzip)
    .on('error', error => entries.destroy(error))
    .pipe(entries);
  try {
    for await (const entry of entries) {
      const path = posix.normalize(entry.header.name);
      if (wanted.has(path) && entry.header.type === 'file')
        found.set(path, await storeStream(store, Readable.from(entry)));
      else entry.resume();
    }
  } catch (error) {
    throw failed(
      'refused',
      `${name} cannot be unpacked: ${(error as Error).message}`,
      'Its sum is right, so the publisher must repair it: use another version or mirror.',
    );
  }
  const missing = paths.filter(path => !found.has(path));
  if (missing.length > 0)
    throw failed(
      'refused',
      `${name} does not hold ${missing.join(', ')}`,
      'Check that this version is laid out like upstream.',
    );
  return found;
}
