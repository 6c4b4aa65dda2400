/** Fetches the Go modules of what is built later while the processor builds what is first. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.js';
import { folders, type ResolveOptions } from '../options.js';
import type { GoRecipe } from './recipes.js';
import { reproducible } from './toolchain.js';
import { workspaceFor } from './workspace.js';

/**
 * Goes on until `stop` is called, which waits for its end. What it could not fetch is fetched, and complained of, by
 * the build that needs it.
 */
export function fetchAhead(recipes: readonly GoRecipe[], options: ResolveOptions): { stop(): Promise<void> } {
  const over = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
  const ended = fetchAll(recipes, options.cache, signal);
  return {
    stop: () => {
      over.abort();
      return ended;
    },
  };
}

async function fetchAll(recipes: readonly GoRecipe[], cache: string, signal: AbortSignal): Promise<void> {
  const { builds } = folders(cache);
  for (const recipe of recipes) {
    const folder = join(builds, `ahead-${recipe.name}-${recipe.version}`);
    const log = `${folder}.log`;
    await fetchOne(recipe, folder, { log, signal }).catch(() => {});
    await Promise.all([rm(folder, { recursive: true, force: true }), rm(log, { force: true })]);
    if (signal.aborted) return;
  }
}

async function fetchOne(
  recipe: GoRecipe,
  folder: string,
  how: { readonly log: string; readonly signal: AbortSignal },
): Promise<void> {
  await workspaceFor(recipe, folder, how);
  how.signal.throwIfAborted();
  await run({
    argv: ['go', 'list', '-mod=readonly', '-deps', ...recipe.programs.map(one => one.path)],
    cwd: folder,
    env: reproducible,
    says: `fetch the Go modules of ${recipe.name} ${recipe.version}`,
    help: 'The build that needs them asks for them again.',
    ...how,
  });
}
