/** `kw heal`: cures what `kw doctor` finds, and proves it by asking again. */
import { properName } from '../../clinic/cases/names.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import type { TargetOptions } from '../../workflow/clinic/target.js';
import { heal } from '../../workflow/heal.js';
import type { AccessOptions } from '../access-options.js';
import { telling } from '../ports.js';
import { healedJson, healedText } from '../view/heal.js';

export interface HealOptions extends Omit<TargetOptions, 'file'>, AccessOptions {
  readonly file: string;
  /** Ids, `case` or `case/variant`. */
  readonly cases?: readonly string[];
  readonly yes?: boolean;
  readonly yesIMean?: string;
  readonly json?: boolean;
}

export async function run(options: HealOptions): Promise<number> {
  const { file, json, dryRun, yes, yesIMean: phrase } = options;
  const chosen = (options.cases ?? []).map(properName);
  const healed = await telling({ json, acts: true, access: options }, ports =>
    heal({ ...options, file: () => readClusterFile(file) }, ports, { chosen, dryRun, yes, phrase }),
  );
  process.stdout.write(json ? `${healedJson(healed)}\n` : healedText(healed, dryRun ?? false));
  return healed.exitCode;
}
