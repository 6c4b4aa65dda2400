import { readClusterFile } from '../../workflow/cluster-file.js';
import { revive } from '../../workflow/revive.js';
import type { AccessOptions } from '../access-options.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';

export interface ReviveOptions extends AccessOptions {
  readonly file: string;
  readonly yes?: boolean;
  readonly verify?: boolean;
  /** `w1,w2`. */
  readonly without?: string;
  readonly json?: boolean;
}

/** `kw revive`: a cluster whose certificates have ended comes back. */
export async function run({ file: path, without = '', yes, verify, json, ...access }: ReviveOptions): Promise<number> {
  const file = await readClusterFile(path);
  const names = without
    .split(',')
    .map(name => name.trim())
    .filter(Boolean);
  return exitOf(
    await telling({ json, acts: true, access }, ports => revive(file, ports, { yes, verify, without: names })),
  );
}
