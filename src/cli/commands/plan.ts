import { exitCodes } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';
import { planJson } from '../../plan/json.js';
import { planText } from '../../plan/text.js';
import { productionDefaults } from '../../blueprint/explain/defaults.js';
import { unenforcedText } from '../../plan/unenforced.js';
import { explainDefaults } from '../../spec/index.js';
import { stops } from '../../workflow/build/preflight.js';
import { type ClusterFile, readClusterFile } from '../../workflow/cluster-file.js';
import { plan as planned } from '../../workflow/plan.js';
import { colored, telling } from '../ports.js';
import { table } from '../view/table.js';

export interface PlanOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly until?: Stage;
  readonly explainDefaults?: boolean;
  readonly verbose?: boolean;
  readonly takeOver?: readonly string[];
}

const changes = 2;
const blind = 3;

/**
 * `kw plan`: what would change. Touches nothing; exit code 2 when there is something to do, 14 when a host is not fit
 * for it.
 */
export async function run({ file, json, until, explainDefaults: explain, verbose = false, takeOver }: PlanOptions) {
  const cluster = await readClusterFile(file);
  if (explain) return explained(cluster, file, json);
  const { plan, preflight } = await telling({ json }, ports => planned(cluster, ports, until, takeOver));
  process.stdout.write(
    json
      ? `${planJson(plan, preflight)}\n`
      : planText(plan, { color: colored(1), width: process.stdout.columns || 120, verbose }) +
          unenforcedText(cluster.spec, plan),
  );
  if (stops(preflight)) return exitCodes.refused;
  return plan.steps.length > 0 ? changes : plan.unseen.length > 0 ? blind : 0;
}

const explained = ({ text, spec }: ClusterFile, file: string, json: boolean | undefined): number => {
  const notes = [...explainDefaults(text, file), ...productionDefaults(spec)];
  process.stdout.write(
    json
      ? `${JSON.stringify(notes, null, 2)}\n`
      : table(
          ['key', 'default', 'why'],
          notes.map(note => [note.path, JSON.stringify(note.value), note.why]),
        ),
  );
  return 0;
};
