import { exitCodes } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';
import { upTo } from '../../plan/order.js';
import { artifactsOf, draftFor } from '../cluster/draft.js';
import { execute } from '../cluster/execute.js';
import { open } from '../cluster/open.js';
import { preflightText, stops } from '../cluster/preflight.js';
import { proveSession } from '../cluster/proof.js';
import { readClusterFile } from '../cluster/read.js';

export interface UpOptions { readonly file: string; readonly yes?: boolean; readonly json?: boolean; readonly until?: Stage; readonly verify?: boolean }

/** `kw up`: the plan, consent, the work, the proof. */
export async function run({ file, yes, json, until, verify = true }: UpOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  const artifacts = artifactsOf(cluster.spec, says => { process.stderr.write(`${says}\n`); });
  artifacts.catch(() => undefined);
  const session = await open(cluster);
  try {
    const drafted = await draftFor(session, artifacts);
    process.stderr.write(preflightText(drafted.preflight));
    if (stops(drafted.preflight)) return exitCodes.refused;
    const plan = until ? upTo(drafted.plan, until) : drafted.plan;
    const proves = verify && plan.steps.length > 0 && (until === undefined || until === 'addons');
    return await execute(session, drafted, plan, {
      command: 'kw up', yes, json, ...proves ? { afterwards: emit => proveSession(session, drafted.artifacts, emit) } : {},
    });
  } finally {
    session.close();
  }
}
