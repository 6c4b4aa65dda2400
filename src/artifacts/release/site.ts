/** A place that holds files under upstream's paths: an HTTP server or a folder. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RetryPolicy } from './retry.js';

export interface Site {
  /** `https://dl.k8s.io`, for people. */
  readonly name: string;
  /** Where a path lies, for people. */
  where(path: string): string;
  /** A small text; undefined: the site does not have it. */
  text(path: string): Promise<string | undefined>;
  /** Writes the file to `part`, going on where an earlier attempt was cut; undefined: the site does not have it. */
  save(
    path: string,
    part: string,
    progress: (done: number, of: number) => void,
  ): Promise<'whole' | 'resumed' | undefined>;
}

export interface SiteOptions {
  readonly retry: RetryPolicy;
  readonly signal?: AbortSignal;
}

/** SHA-256 and size of a file. */
export async function digestOf(file: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return { sha256: hash.digest('hex'), size: (await stat(file)).size };
}

/** Where downloads grow under the digest they shall have, so that a later run resumes them. */
export async function partOf(store: string, sha256: string): Promise<string> {
  await mkdir(store, { recursive: true });
  return join(store, `.download-${sha256}`);
}

export const forget = (part: string): Promise<void> => rm(part, { force: true });
