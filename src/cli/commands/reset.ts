import { uncluster } from '../../blueprint/uncluster.js';
import type { AnyKind } from '../../resources/index.js';
import { artifactsOf, draftFor } from '../cluster/draft.js';
import { execute } from '../cluster/execute.js';
import { kinds, open } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';

export interface ResetOptions { readonly file: string; readonly yesIMean?: string; readonly json?: boolean }

/** `kw reset`: leaves the hosts as they were. Asks for the cluster's name, since all its data goes. */
export async function run({ file, yesIMean, json }: ResetOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  const artifacts = artifactsOf(cluster.spec, says => { process.stderr.write(`${says}\n`); });
  artifacts.catch(() => undefined);
  const session = await open(cluster);
  try {
    const drafted = await draftFor(session, artifacts, input => uncluster(input, undo));
    return await execute(session, drafted, drafted.plan, { command: 'kw reset', json, risk: 'data', phrase: yesIMean });
  } finally {
    session.close();
  }
}

const undo = (kind: string, key: string, wanted: unknown): unknown =>
  (kinds as unknown as Readonly<Record<string, AnyKind>>)[kind]?.undo?.(key, wanted);
