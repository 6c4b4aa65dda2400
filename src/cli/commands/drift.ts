import { readClusterFile } from '../../workflow/cluster-file.js';
import { drift, verdictOf } from '../../workflow/drift.js';
import type { AccessOptions } from '../access-options.js';
import { clock, colored, telling } from '../ports.js';
import { driftText } from '../view/drift/text.js';

interface DriftOptions extends AccessOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** `kw drift`: what was changed since the last run, and by whom. 0 nothing, 2 something, 3 not all was seen. */
export async function run({ file, json, verbose = false, ...access }: DriftOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  const seen = await telling({ json, access }, ports => drift(cluster, ports));
  const verdict = verdictOf(seen);
  process.stdout.write(
    json
      ? `${JSON.stringify({ apiVersion: 'kubewizard/v1', kind: 'Drift', verdict, ...seen }, null, 2)}\n`
      : driftText(seen, {
          color: colored(1),
          width: process.stdout.columns || Number.POSITIVE_INFINITY,
          now: clock(),
          verbose,
        }),
  );
  return { none: 0, drift: 2, unseen: 3 }[verdict];
}
