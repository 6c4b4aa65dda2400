/** The content-addressed store `<cache>/store/<sha256>`: a name that is there is whole and verified. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Stored {
  readonly sha256: string;
  readonly size: number;
  readonly file: string;
}

/** Copies a stream into the store under the digest of what came. */
export async function storeStream(store: string, content: Readable, signal?: AbortSignal): Promise<Stored> {
  await mkdir(store, { recursive: true });
  const part = join(store, `.part-${process.pid}-${randomUUID()}`);
  const digest = digesting();
  try {
    await pipeline(
      content,
      digest.tap(),
      createWriteStream(part, { mode: 0o644, flags: 'wx' }),
      ...(signal ? [{ signal }] : []),
    );
    return await adopt(store, part, digest.sha256(), digest.size());
  } finally {
    await rm(part, { force: true });
  }
}

export const storeFile = (store: string, file: string, signal?: AbortSignal): Promise<Stored> =>
  storeStream(store, createReadStream(file, { highWaterMark: 1 << 20 }), signal);

/** Moves a finished file of the same file system into the store; the caller has verified its digest. */
export async function adopt(store: string, part: string, sha256: string, size: number): Promise<Stored> {
  const file = join(store, sha256);
  const handle = await open(part, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
  return { sha256, size, file };
}

/** Only its size is checked: contents were verified before the file got its name. */
export async function isStored(store: string, sha256: string, size: number): Promise<boolean> {
  const found = await stat(join(store, sha256)).catch(() => undefined);
  return found?.isFile() === true && found.size === size;
}

export interface Digest {
  add(chunk: Uint8Array): void;
  tap(): Transform;
  sha256(): string;
  size(): number;
}

/** SHA-256 and length of what flows by. */
export function digesting(): Digest {
  const hash = createHash('sha256');
  let size = 0;
  const add = (chunk: Uint8Array) => {
    hash.update(chunk);
    size += chunk.length;
  };
  const transform = (chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void) => {
    add(chunk);
    done(null, chunk);
  };
  return { add, tap: () => new Transform({ transform }), sha256: () => hash.digest('hex'), size: () => size };
}
