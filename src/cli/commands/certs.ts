import { certs, exitOfCerts } from '../../workflow/certs.js';
import type { AccessOptions } from '../access-options.js';
import { colored, telling } from '../ports.js';
import { type SourceOptions, sourceOf } from '../source.js';
import { certsText } from '../view/certs.js';

/** `kw certs`: 0, 2 one has ended or is not loaded, 3 not everything could be seen. */
export async function run(options: SourceOptions & AccessOptions & { readonly json?: boolean }): Promise<number> {
  const list = await telling({ access: options }, ports => certs(sourceOf(options), ports));
  process.stdout.write(
    options.json ? `${JSON.stringify(list, null, 2)}\n` : certsText(list, colored(1), process.stdout.columns),
  );
  return exitOfCerts(list);
}
