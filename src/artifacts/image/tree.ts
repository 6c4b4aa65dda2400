/**
 * A root file system as a value, and its one tar: sorted, no times, no owners, so that equal contents give equal
 * digests.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';

export type Node =
  | { readonly is: 'file'; readonly from: string; readonly mode: number }
  | { readonly is: 'text'; readonly text: string; readonly mode: number }
  | { readonly is: 'link'; readonly to: string }
  | { readonly is: 'folder'; readonly mode: number };

/** By path without a leading slash: `usr/bin/curl`. Parents need not be named. */
export type Tree = ReadonlyMap<string, Node>;

export function tarOf(tree: Tree): Readable {
  const tar = pack();
  write(tar, withParents(tree)).then(
    () => tar.finalize(),
    error => tar.destroy(error),
  );
  return Readable.from(tar);
}

async function write(tar: Pack, tree: Tree): Promise<void> {
  for (const path of [...tree.keys()].sort()) {
    const node = tree.get(path);
    if (!node) continue;
    const header = { name: path, mtime: new Date(0), uid: 0, gid: 0 };
    if (node.is === 'file') await addFile(tar, { ...header, mode: node.mode }, node.from);
    else if (node.is === 'text') tar.entry({ ...header, mode: node.mode }, node.text);
    else if (node.is === 'link') tar.entry({ ...header, mode: 0o777, type: 'symlink', linkname: node.to });
    else tar.entry({ ...header, name: `${path}/`, mode: node.mode, type: 'directory' });
  }
}

export interface EntryHeader {
  readonly name: string;
  readonly mode: number;
  readonly mtime: Date;
  readonly uid: number;
  readonly gid: number;
}

/** Streams a file of any size into an archive. */
export async function addFile(tar: Pack, header: EntryHeader, from: string): Promise<void> {
  const entry = tar.entry({ ...header, size: (await stat(from)).size });
  await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), entry);
}

function withParents(tree: Tree): Tree {
  const whole = new Map<string, Node>();
  for (const path of tree.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++)
      whole.set(parts.slice(0, depth).join('/'), { is: 'folder', mode: 0o755 });
  }
  for (const [path, node] of tree) whole.set(path, node);
  return whole;
}
