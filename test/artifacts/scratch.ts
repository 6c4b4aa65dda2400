/** A folder per test, removed afterwards, and options that resolve into it quickly. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ResolveOptions } from '../../src/artifacts/index.js';

export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kw-artifacts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const optionsFor = (cache: string, more: Partial<ResolveOptions> = {}): ResolveOptions => ({
  cache,
  progress: () => {},
  retry: { attempts: 3, firstDelay: 5, stall: 300 },
  // Their contents are not upstream's.
  pins: () => undefined,
  ...more,
});

export const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
