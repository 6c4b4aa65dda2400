/**
 * Files that travel with the program: the manual, the schema for editors, the pages of the cases, the pins of Go
 * modules. Paths are as in a checkout: `docs/ssh.md`.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { embedded } from './embedded.js';

/** undefined: there is no such file. */
export const programFile = async (path: string): Promise<string | undefined> => {
  if (embedded) return Object.hasOwn(embedded, path) ? embedded[path] : undefined;
  const file = join(checkout(), path);
  return existsSync(file) ? readFile(file, 'utf8') : undefined;
};

/** All files below a folder, sorted, as paths that `programFile` takes. */
export const programFiles = async (folder: string): Promise<readonly string[]> => {
  const all = embedded ? Object.keys(embedded).filter(path => path.startsWith(`${folder}/`)) : await onDisk(folder);
  return [...all].sort();
};

const onDisk = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(join(checkout(), folder), { recursive: true, withFileTypes: true });
  const root = checkout();
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1));
};
