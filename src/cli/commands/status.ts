import { readClusterFile } from '../../workflow/cluster-file.js';
import { type Status, status, verdictOf } from '../../workflow/status.js';
import type { AccessOptions } from '../access-options.js';
import { colored, telling } from '../ports.js';
import { statusText } from '../view/status.js';

/** `kw status`: every component of every host, and the nodes where the API answers. */
export async function run({
  file,
  json,
  ...access
}: AccessOptions & { readonly file: string; readonly json?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const seen = await telling({ access }, ports => status(cluster, ports));
  process.stdout.write(
    json ? `${JSON.stringify(asJson(seen), null, 2)}\n` : statusText(seen, colored(1), process.stdout.columns),
  );
  return exitOf(seen);
}

/** `ok` beside `health`, for scripts that ask for no more. */
const asJson = (seen: Status) => ({
  ...seen,
  components: seen.components.map(row => ({ ...row, ok: row.health === 'ok' })),
});

/** 2 unhealthy, 3 could not see enough. */
export const exitOf = (seen: Status): number => ({ ok: 0, ill: 2, unknown: 3 })[verdictOf(seen)];
