import { covers, provenUpTo } from '../../engine/last-proof.js';
import { exitCodes } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';
import { upTo } from '../../plan/order.js';
import { artifactsOf, draftFor } from '../cluster/draft.js';
import { execute } from '../cluster/execute.js';
import { openWatched } from '../cluster/open.js';
import { preflightText, stops } from '../cluster/preflight.js';
import { proveUntil } from '../cluster/proof.js';
import { readClusterFile } from '../cluster/read.js';

export interface UpOptions {
  readonly file: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly until?: Stage;
  readonly verify?: boolean;
}

/** `kw up`: the plan, consent, the work, the proof. */
export async function run({ file, yes, json, until, verify = true }: UpOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  const artifacts = artifactsOf(cluster.spec, says => {
    process.stderr.write(`${says}\n`);
  });
  artifacts.catch(() => undefined);
  const session = await openWatched(cluster, { json });
  try {
    const drafted = await draftFor(session, artifacts);
    process.stderr.write(preflightText(drafted.preflight));
    if (stops(drafted.preflight)) return exitCodes.refused;
    const plan = until ? upTo(drafted.plan, until) : drafted.plan;
    const owed = verify && plan.steps.length === 0 && (await owesProof(session.dir, until ?? 'addons'));
    if (owed) process.stderr.write('the last run ended without its proof: proving now\n');
    const proves = verify && (plan.steps.length > 0 || owed);
    return await execute(session, drafted, plan, {
      command: 'kw up',
      yes,
      json,
      afterwards: proves ? proving => proveUntil(session, drafted.artifacts, until ?? 'addons', proving) : undefined,
    });
  } finally {
    session.close();
  }
}

/** The last run ended before its proof, or without it. Of runs from other desks nothing is known, and nothing owed. */
async function owesProof(dir: string, until: Stage): Promise<boolean> {
  const proven = await provenUpTo(dir);
  return proven !== undefined && !covers(proven, until);
}
