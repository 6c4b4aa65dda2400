/**
 * Pins what source `go` builds of: writes pins/go/NAME-VERSION/{go.mod,go.sum} for the newest version that the catalog
 * knows, and for others that are named: npx tsx scripts/pin-go-modules.ts [1.36.3 …]. Sums come from Go's checksum
 * database; read the diff.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../src/artifacts/checkout.js';
import { recipesFor } from '../src/artifacts/go/recipes.js';
import { pinsOf, workspaceFor } from '../src/artifacts/go/workspace.js';
import { defaultVersion } from '../src/catalog/index.js';

const pin = async (kubernetes: string): Promise<void> => {
  for (const recipe of recipesFor(kubernetes)) {
    const scratch = await mkdtemp(join(tmpdir(), 'kw-pin-'));
    const pins = join(checkout(), pinsOf(recipe));
    await rm(pins, { recursive: true, force: true });
    const { folder } = await workspaceFor(recipe, join(scratch, 'workspace'), { log: join(scratch, 'log') });
    await mkdir(pins, { recursive: true });
    for (const file of ['go.mod', 'go.sum']) await copyFile(join(folder, file), join(pins, file));
    await rm(scratch, { recursive: true, force: true });
    process.stderr.write(`pinned ${recipe.name} ${recipe.version}\n`);
  }
};

const main = async (): Promise<void> => {
  const named = process.argv.slice(2);
  for (const version of named.length > 0 ? named : [defaultVersion('go')]) await pin(version);
};

await main();
