import { readClusterFile } from '../../workflow/cluster-file.js';
import { recover as recoverEtcd } from '../../workflow/recover.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';
import type { RestoreOptions } from './restore.js';

/** `kw etcd recover`: the newest of the members that are left becomes the cluster. */
export async function recover(options: Omit<RestoreOptions, 'backup'> & { readonly member?: string }): Promise<number> {
  const { file, yesIMean: phrase, without, verify, json, member, ...access } = options;
  const cluster = await readClusterFile(file);
  const gone = without?.split(',').filter(Boolean);
  return exitOf(
    await telling({ json, acts: true, access }, ports =>
      recoverEtcd(cluster, ports, { phrase, without: gone, verify, member }),
    ),
  );
}
