/** Opens a site by its address. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { httpSite } from './http.js';
import type { Site, SiteOptions } from './site.js';

/** `https://…`, `http://…`, `file://…` or the path of a folder. */
export function siteAt(address: string, options: SiteOptions): Site {
  if (/^https?:\/\//i.test(address)) return httpSite(address.replace(/\/+$/, ''), options);
  return folderSite(address.startsWith('file://') ? fileURLToPath(address) : address);
}

const folderSite = (folder: string): Site => ({
  name: folder,
  where: path => join(folder, path),
  text: path => readFile(join(folder, path), 'utf8').catch(absent),
  async save(path, part, progress) {
    const from = join(folder, path);
    const found = await stat(from).catch(absent);
    if (!found?.isFile()) return undefined;
    await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), createWriteStream(part));
    progress(found.size, found.size);
    return 'whole';
  },
});

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
