import { readClusterFile } from '../../workflow/cluster-file.js';
import type { TargetOptions } from '../../workflow/clinic/target.js';
import { certs, exitOfCerts } from '../../workflow/certs.js';
import { renew } from '../../workflow/renew.js';
import type { AccessOptions } from '../access-options.js';
import { colored, telling } from '../ports.js';
import { type SourceOptions, sourceOf } from '../source.js';
import { certsText } from '../view/certs.js';
import { healedJson, healedText } from '../view/heal.js';

/** `kw certs`: 0, 2 one has ended or is not loaded, 3 not everything could be seen. */
export async function run(options: SourceOptions & AccessOptions & { readonly json?: boolean }): Promise<number> {
  const list = await telling({ access: options }, ports => certs(sourceOf(options), ports));
  process.stdout.write(
    options.json ? `${JSON.stringify(list, null, 2)}\n` : certsText(list, colored(1), process.stdout.columns),
  );
  return exitOfCerts(list);
}

export interface RenewOptions extends Omit<TargetOptions, 'file'>, AccessOptions {
  readonly file: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `kw certs renew`: 0, 2 something is left, 16 taken back. */
export async function renewAll({ file, yes, json, dryRun, ...options }: RenewOptions): Promise<number> {
  const healed = await telling({ json, acts: true, access: options }, ports =>
    renew({ ...options, file: () => readClusterFile(file) }, ports, { dryRun, yes }),
  );
  process.stdout.write(json ? `${healedJson(healed)}\n` : healedText(healed, dryRun ?? false));
  return healed.exitCode;
}
