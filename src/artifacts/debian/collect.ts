/** Takes the outputs of a build into the store. */
import { join } from 'node:path';
import type { Artifact } from '../../model/artifact.js';
import { storeFile } from '../store/store.js';

/** Files of one folder, by name. */
export async function collect<N extends string>(
  folder: string,
  names: readonly N[],
  version: string,
  store: string,
): Promise<Readonly<Record<N, Artifact>>> {
  const found: [N, Artifact][] = [];
  for (const name of names) found.push([name, { name, version, ...(await storeFile(store, join(folder, name))) }]);
  return Object.fromEntries(found) as Record<N, Artifact>;
}
