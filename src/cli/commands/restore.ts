import { readClusterFile } from '../../workflow/cluster-file.js';
import { restore } from '../../workflow/restore.js';
import type { AccessOptions } from '../access-options.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';

export interface RestoreOptions extends AccessOptions {
  readonly file: string;
  readonly backup?: string;
  readonly yesIMean?: string;
  readonly without?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** `kw restore`: a backup takes the place of what etcd holds. */
export async function run(options: RestoreOptions): Promise<number> {
  const { file, backup, yesIMean: phrase, without, verify, json, ...access } = options;
  const cluster = await readClusterFile(file);
  const gone = without?.split(',').filter(Boolean);
  return exitOf(
    await telling({ json, acts: true, access }, ports =>
      restore(cluster, ports, { backup, phrase, without: gone, verify }),
    ),
  );
}
