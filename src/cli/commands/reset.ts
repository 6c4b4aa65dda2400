import { readClusterFile } from '../../workflow/cluster-file.js';
import { reset } from '../../workflow/reset.js';
import type { AccessOptions } from '../access-options.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';

export interface ResetOptions extends AccessOptions {
  readonly file: string;
  readonly yesIMean?: string;
  readonly json?: boolean;
  readonly withoutBackup?: boolean;
  readonly takeOver?: readonly string[];
  readonly removeKeys?: boolean;
}

/** `kw reset`: leaves the hosts as they were. */
export async function run({
  file,
  yesIMean,
  json,
  withoutBackup,
  takeOver,
  removeKeys,
  ...access
}: ResetOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  return exitOf(
    await telling({ json, acts: true, access }, ports =>
      reset(cluster, ports, { phrase: yesIMean, withoutBackup, takeOver, removeKeys }),
    ),
  );
}
