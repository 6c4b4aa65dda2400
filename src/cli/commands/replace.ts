import { readClusterFile } from '../../workflow/cluster-file.js';
import { replace } from '../../workflow/replace.js';
import type { AccessOptions } from '../access-options.js';
import { exitOf } from '../exit-code.js';
import { telling } from '../ports.js';
import { writeAtomically } from '../write.js';

export interface ReplaceOptions extends AccessOptions {
  readonly file: string;
  /** `kw-1,kw-2`. */
  readonly host: string;
  readonly address?: string;
  readonly hostKey?: string;
  readonly yes?: boolean;
  readonly yesIMean?: string;
  readonly verify?: boolean;
  readonly takeOver?: readonly string[];
  readonly json?: boolean;
}

/** `kw replace`: a host in the place of one that is dead for good. */
export async function run({ file: path, host, yesIMean, json, ...options }: ReplaceOptions): Promise<number> {
  const file = await readClusterFile(path);
  const { address, hostKey, yes, verify, takeOver } = options;
  const names = [...new Set(host.split(',').map(name => name.trim()))].filter(Boolean);
  const save = (text: string): Promise<void> => writeAtomically(path, text);
  return exitOf(
    await telling({ json, acts: true, access: options }, ports =>
      replace(file, ports, { path, names, address, hostKey, yes, phrase: yesIMean, verify, takeOver, save }),
    ),
  );
}
