/** `kw heal`: cures what `kw doctor` finds, and proves it by asking again. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cases } from '../../clinic/cases/index.js';
import { properName } from '../../clinic/cases/names.js';
import { examine } from '../../clinic/examine/examine.js';
import { type Healed, heal, patient } from '../../engine/heal/index.js';
import { withRole } from '../../model/cluster.js';
import { mistaken } from '../complaint.js';
import { acting } from '../clinic/act.js';
import { openPatient, type PatientOptions } from '../clinic/patient.js';
import { agreeing } from '../clinic/agree.js';
import { clock, kinds } from '../cluster/open.js';
import { healedJson, healedText } from '../view/heal.js';

export interface HealOptions extends PatientOptions {
  /** Ids, `case` or `case/variant`. */
  readonly cases?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly yesIMean?: string;
  readonly json?: boolean;
}

export async function run(options: HealOptions): Promise<number> {
  const chosen = (options.cases ?? []).map(properName);
  checkCases(chosen);
  const cluster = await openPatient(options);
  const { session } = cluster;
  try {
    const healed = await heal({
      cluster: session.spec.name,
      dir: session.dir,
      cases,
      chosen,
      dryRun: options.dryRun ?? false,
      kinds,
      clock,
      patience: patient,
      etcdHosts: withRole(session.spec, 'etcd')
        .filter(host => !session.lost.has(host.name))
        .map(host => host.name),
      run: async (host, script, timeoutMs = 60_000) => (await session.connections(host)).run(script, { timeoutMs }),
      api: session.api,
      look: session.look,
      examine: async () => {
        const chart = await cluster.chart();
        return { chart, report: examine(chart, cases) };
      },
      act: acting(cluster, options),
      agree: agreeing(options),
      tell: says => {
        process.stderr.write(`${says}\n`);
      },
      sleep: seconds => sleep(seconds * 1000),
      newId: () => randomBytes(6).toString('hex'),
    });
    tell(healed, options);
    return healed.exitCode;
  } finally {
    cluster.close();
  }
}

function checkCases(chosen: readonly string[]): void {
  for (const word of chosen) {
    const [id, variant] = word.split('/');
    const found = cases.find(one => one.id === id);
    if (!found || (variant !== undefined && !(variant in found.variants)))
      throw mistaken(
        'unknown-case',
        `there is no case ${word}`,
        `kw cases lists them${found ? `; ${found.id} has the variants ${Object.keys(found.variants).join(', ')}` : ''}`,
      );
  }
}

const tell = (healed: Healed, { json, dryRun }: HealOptions): void => {
  process.stdout.write(json ? `${healedJson(healed)}\n` : healedText(healed, dryRun ?? false));
};
