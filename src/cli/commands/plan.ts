import { exitCodes } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';
import { planJson } from '../../plan/json.js';
import { upTo } from '../../plan/order.js';
import { explainDefaults } from '../../spec/index.js';
import { artifactsOf, draftFor } from '../cluster/draft.js';
import { shown } from '../cluster/execute.js';
import { open } from '../cluster/open.js';
import { preflightText, stops } from '../cluster/preflight.js';
import { readClusterFile } from '../cluster/read.js';
import { table } from '../view/table.js';

export interface PlanOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly until?: Stage;
  readonly explainDefaults?: boolean;
  readonly verbose?: boolean;
}

const changes = 2;
const blind = 3;

/** `kw plan`: what would change. Touches nothing; exit code 2 when there is something to do, 14 when a host is not fit for it. */
export async function run({ file, json, until, explainDefaults: explain, verbose }: PlanOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  if (explain) {
    const notes = explainDefaults(cluster.text, file);
    process.stdout.write(
      json
        ? `${JSON.stringify(notes, null, 2)}\n`
        : table(
            ['field', 'default', 'why'],
            notes.map(note => [note.path, JSON.stringify(note.value), note.why]),
          ),
    );
    return 0;
  }
  const artifacts = artifactsOf(cluster.spec, says => {
    process.stderr.write(`${says}\n`);
  });
  artifacts.catch(() => undefined);
  const session = await open(cluster);
  try {
    const { plan: whole, preflight } = await draftFor(session, artifacts);
    process.stderr.write(preflightText(preflight));
    const plan = until ? upTo(whole, until) : whole;
    process.stdout.write(
      json
        ? `${planJson(plan, preflight)}
`
        : shown(plan, verbose),
    );
    if (stops(preflight)) return exitCodes.refused;
    return plan.steps.length > 0 ? changes : whole.unseen.length > 0 ? blind : 0;
  } finally {
    session.close();
  }
}
