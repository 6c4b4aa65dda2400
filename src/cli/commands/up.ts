import type { Stage } from '../../model/resource.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { up } from '../../workflow/up.js';
import type { AccessOptions } from '../access-options.js';
import { type DrainOptions, drainOf } from '../drain-options.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';

export interface UpOptions extends AccessOptions, DrainOptions {
  readonly file: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly until?: Stage;
  readonly verify?: boolean;
  /** `w1,w2`. */
  readonly without?: string;
  readonly takeOver?: readonly string[];
  readonly newEtcd?: string;
  readonly yesIMean?: string;
}

/** `kw up`: the plan, consent, the work, the proof. */
export async function run({ file, json, without = '', yesIMean, ...options }: UpOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  const names = without
    .split(',')
    .map(name => name.trim())
    .filter(Boolean);
  return exitOf(
    await telling({ json, acts: true, access: options }, ports =>
      up(cluster, ports, { ...options, phrase: yesIMean, drain: drainOf(options), without: names }),
    ),
  );
}
