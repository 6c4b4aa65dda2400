import { exitCodes } from '../../model/event.js';
import type { Stage } from '../../model/resource.js';
import { planJson } from '../../plan/json.js';
import { planText } from '../../plan/text.js';
import { productionDefaults } from '../../blueprint/explain/defaults.js';
import { unenforcedText } from '../../plan/unenforced.js';
import { explainDefaults } from '../../spec/index.js';
import { stops } from '../../workflow/build/preflight.js';
import { type ClusterFile, readClusterFile } from '../../workflow/cluster-file.js';
import { conversion } from '../../workflow/convert.js';
import { plan as planned } from '../../workflow/plan.js';
import type { AccessOptions } from '../access-options.js';
import { explainRoute } from '../../transport/connect.js';
import { mistaken } from '../../workflow/mistaken.js';
import { colored, surroundings, telling } from '../ports.js';
import { conversionText } from '../view/conversion.js';
import { routeJson, routeText } from '../view/ssh.js';
import { table } from '../view/table.js';

export interface PlanOptions extends AccessOptions {
  readonly file: string;
  readonly json?: boolean;
  readonly until?: Stage;
  readonly explainDefaults?: boolean;
  readonly verbose?: boolean;
  readonly takeOver?: readonly string[];
  readonly newEtcd?: string;
  /** Name or address of a host. */
  readonly explainSsh?: string;
}

const changes = 2;
const unseenHosts = 3;

/**
 * `kw plan`: what would change. Touches nothing; exit code 2 when there is something to do, 14 when a host is not fit
 * for it.
 */
export async function run({
  file,
  json,
  until,
  explainDefaults: explain,
  explainSsh,
  verbose = false,
  takeOver,
  newEtcd,
  ...access
}: PlanOptions) {
  const cluster = await readClusterFile(file);
  if (explain) return explained(cluster, file, json);
  if (explainSsh !== undefined) return explainedSsh(cluster, explainSsh, json);
  if (cluster.spec.adopted && until === undefined && takeOver === undefined && newEtcd === undefined)
    return converted(cluster, { json, verbose, access });
  const { plan, preflight } = await telling({ json, access }, ports =>
    planned(cluster, ports, { until, takeOver, newEtcd }),
  );
  process.stdout.write(
    json
      ? `${planJson(plan, preflight)}\n`
      : planText(plan, { color: colored(1), width: process.stdout.columns || Number.POSITIVE_INFINITY, verbose }) +
          unenforcedText(cluster.spec, plan),
  );
  if (stops(preflight)) return exitCodes.refused;
  return plan.steps.length > 0 ? changes : plan.unseen.length > 0 ? unseenHosts : 0;
}

interface Shown {
  readonly json: boolean | undefined;
  readonly verbose: boolean;
  readonly access: AccessOptions;
}

/** Of a cluster that others built: what stands between it and Kubewizard's own. */
const converted = async (cluster: ClusterFile, { json, verbose, access }: Shown): Promise<number> => {
  const report = await telling({ json, access }, ports => conversion(cluster, ports));
  process.stdout.write(
    json ? `${JSON.stringify(report, null, 2)}\n` : conversionText(report, { colors: colored(1), verbose }),
  );
  if (report.verdict === 'blocked') return exitCodes.refused;
  return report.verdict === 'unknown' ? unseenHosts : changes;
};

const explained = ({ text, spec }: ClusterFile, file: string, json: boolean | undefined): number => {
  const notes = [...explainDefaults(text, file), ...productionDefaults(spec)];
  process.stdout.write(
    json
      ? `${JSON.stringify(notes, null, 2)}\n`
      : table(
          ['key', 'default', 'why'],
          notes.map(note => [note.path, JSON.stringify(note.value), note.why]),
          process.stdout.columns,
        ),
  );
  return 0;
};

const explainedSsh = async ({ spec, dir }: ClusterFile, name: string, json: boolean | undefined): Promise<number> => {
  const host = spec.hosts.find(one => one.name === name || one.address === name);
  if (!host)
    throw mistaken(
      'no-such-host',
      `the cluster file has no host ${name}`,
      `one of ${spec.hosts.map(one => one.name).join(', ')}`,
    );
  const route = await explainRoute(host, surroundings(dir));
  process.stdout.write(json ? `${JSON.stringify(routeJson(route), null, 2)}\n` : routeText(route));
  return 0;
};
