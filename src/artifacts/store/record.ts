/**
 * Records `<cache>/sets/<name>.json`: what was once made for a name, trusted only while every file of it is in the
 * store.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../model/artifact.js';
import { folders, type ResolveOptions } from '../options.js';
import { lock } from './lock.js';
import { isStored } from './store.js';

/** Raised when what is made changes, so that caches of older kw are made again. */
const format = 1;

interface Saved<T> {
  readonly format: number;
  readonly value: T;
}

/**
 * Answers from the record, or makes it once, under a lock, and records it. Files are stored by name of digest, so a
 * cache may move.
 */
export async function once<T>(name: string, options: ResolveOptions, make: () => Promise<T>): Promise<T> {
  const known = await recall<T>(name, options.cache);
  if (known !== undefined) return known;
  const held = await lock(
    folders(options.cache).locks,
    name,
    () => options.progress(`another kw is preparing ${name}; waiting for it`),
    options.signal,
  );
  try {
    const meanwhile = await recall<T>(name, options.cache);
    if (meanwhile !== undefined) return meanwhile;
    const made = await make();
    await remember(name, options.cache, made);
    return made;
  } finally {
    held.release();
  }
}

export async function recall<T>(name: string, cache: string): Promise<T | undefined> {
  const text = await readFile(join(folders(cache).sets, `${name}.json`), 'utf8').catch(() => undefined);
  const saved = text === undefined ? undefined : parsed<T>(text);
  if (saved?.format !== format) return undefined;
  const store = folders(cache).store;
  const files = artifactsIn(saved.value);
  const present = await Promise.all(files.map(file => isStored(store, file.sha256, file.size)));
  return present.every(Boolean) ? (located(saved.value, store) as T) : undefined;
}

export async function remember(name: string, cache: string, value: unknown): Promise<void> {
  const { sets } = folders(cache);
  await mkdir(sets, { recursive: true });
  const part = join(sets, `.part-${randomUUID()}`);
  try {
    await writeFile(part, `${JSON.stringify({ format, value } satisfies Saved<unknown>, null, 1)}\n`, { flush: true });
    await rename(part, join(sets, `${name}.json`));
  } finally {
    await rm(part, { force: true });
  }
}

/** Every Artifact anywhere in a value. */
export function artifactsIn(value: unknown): readonly Artifact[] {
  if (typeof value !== 'object' || value === null) return [];
  return isArtifact(value) ? [value] : Object.values(value).flatMap(artifactsIn);
}

function located(value: unknown, store: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isArtifact(value)) return { ...value, file: join(store, value.sha256) };
  if (Array.isArray(value)) return value.map(item => located(item, store));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, located(item, store)]));
}

const isArtifact = (value: object): value is Artifact =>
  'sha256' in value &&
  typeof value.sha256 === 'string' &&
  'size' in value &&
  typeof value.size === 'number' &&
  'file' in value;

function parsed<T>(text: string): Saved<T> | undefined {
  try {
    return JSON.parse(text) as Saved<T>;
  } catch {
    // A record that cannot be read is one that was never made.
    return undefined;
  }
}
