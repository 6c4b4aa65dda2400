/** Programs with every library they need, taken from a tree of unpacked Debian packages. */
import { lstatSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { failed } from '../failure.js';
import { linkage } from './elf.js';
import type { Node } from './tree.js';

const libraryFolders = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64'];

/** Programs keep their paths (`usr/bin/curl`); libraries land where the loader looks, symlinks resolved to contents. */
export async function withLibraries(packages: string, programs: readonly string[]): Promise<Map<string, Node>> {
  const tree = new Map<string, Node>();
  const open = programs.map(path => ({ path, neededBy: 'the image' }));
  for (let next = open.pop(); next; next = open.pop()) {
    if (tree.has(next.path)) continue;
    const from = inside(packages, next.path, next.neededBy);
    tree.set(next.path, { is: 'file', from, mode: 0o755 });
    const found = linkage(await readFile(from));
    if (found?.interpreter) open.push({ path: found.interpreter.slice(1), neededBy: next.path });
    for (const name of found?.needed ?? [])
      open.push({ path: libraryPath(packages, name, next.path), neededBy: next.path });
  }
  return tree;
}

function libraryPath(packages: string, name: string, neededBy: string): string {
  const folder = libraryFolders.find(candidate =>
    lstatSync(join(packages, candidate, name), { throwIfNoEntry: false }),
  );
  if (!folder)
    throw failed(
      'refused',
      `${neededBy} needs ${name}, which none of the unpacked packages has`,
      'Report this as a bug of Kubewizard with the version of Debian.',
    );
  return `${folder}/${name}`;
}

/** Follows symlinks as if the packages' tree were the root, so that none leads to a file of this machine. */
function inside(packages: string, path: string, neededBy: string): string {
  let at = posix.join('/', path);
  for (let hop = 0; hop < 10; hop++) {
    const found = lstatSync(join(packages, at), { throwIfNoEntry: false });
    if (!found) break;
    if (!found.isSymbolicLink()) return join(packages, at);
    at = posix.resolve(posix.dirname(at), readlinkSync(join(packages, at)));
  }
  throw failed(
    'refused',
    `${neededBy} needs /${path}, which none of the unpacked packages has`,
    'Report this as a bug of Kubewizard with the version of Debian.',
  );
}
