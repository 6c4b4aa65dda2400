/** One round: therapies become one plan, what it touches is kept, it is carried out, and proven or taken back. */
import { exitCodes } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../model/resource.js';
import { draft } from '../../plan/draft.js';
import type { Seen } from '../survey.js';
import { backupEtcd, backupText } from './backup.js';

import { acted, waitOnly } from './carry.js';
import { merge, type Stands, standsIn } from './merge.js';
import type { Examination, Healing, HealState } from './state.js';
import { keyOf } from './illness.js';
import type { Treatment } from './treatments.js';

/** The examination after a proven round, or the exit code with which healing ends. */
export const round = async (
  parts: Healing,
  state: HealState,
  before: Examination,
  all: readonly Treatment[],
): Promise<Examination | number> => {
  const { plan, resources, treated, refused } = await planned(parts, all, standsIn(before.chart));
  state.refused = [...state.refused, ...refused];
  if (treated.length === 0) return exitCodes.unreachable;
  if (parts.dryRun) {
    await parts.agree(plan, treated);
    return 2;
  }
  if (plan.steps.length === 0) return waitOnly(parts, state, before, treated, { plan, resources });
  if (!(await parts.agree(plan, treated))) return exitCodes.refused;
  if (treated.some(one => one.therapy.backup)) {
    const where = backupText(await backupEtcd(parts.etcdHosts, `before-heal-${parts.newId()}`, parts.run));
    state.backups.push(where);
    parts.tell(`backup of etcd on ${where}`);
  }
  return acted(parts, state, before, treated, { plan, resources });
};

interface Planned {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  readonly treated: readonly Treatment[];
  readonly refused: HealState['refused'];
}

/** A therapy on a host that cannot be seen is refused as a whole: half of it would be an illness of its own. */
const planned = async (parts: Healing, all: readonly Treatment[], stands: Stands): Promise<Planned> => {
  const first = merge(all, parts.kinds, stands);
  const answers = await looked(parts, first.resources);
  const unseen = (treatment: Treatment): string | undefined =>
    treatment.therapy.want.flatMap(one => {
      const seen = answers.get(idOf(one));
      return seen && 'missing' in seen ? [`${one.host}: ${seen.missing}`] : [];
    })[0];
  const refused = first.treated.flatMap(({ case: one, finding, therapy }) => {
    const why = unseen({ case: one, finding, therapy });
    return why === undefined
      ? []
      : [
          {
            case: one,
            finding,
            refusal: {
              refused: `its therapy needs a host that cannot be seen (${why})`,
              advice: ['make the host reachable, then run kw heal again'],
            },
          },
        ];
  });
  const { resources, treated } =
    refused.length === 0
      ? first
      : merge(
          first.treated.filter(one => unseen(one) === undefined),
          parts.kinds,
          stands,
        );
  const plan = draft({
    cluster: parts.cluster,
    spec: { treats: treated.map(one => keyOf(one.case, one.finding)) },
    resources,
    answers,
    kinds: parts.kinds,
    takesBack: true,
  });
  return { plan, resources, treated, refused };
};

/**
 * An API that does not answer (yet) is no reason to leave out what lives in it: each step looks again before it acts.
 */
const looked = async (parts: Healing, resources: readonly Resource[]): Promise<ReadonlyMap<ResourceId, Seen>> => {
  const answers = new Map(await parts.read(resources));
  for (const one of resources) {
    const answer = answers.get(idOf(one));
    if (one.host === clusterHost && answer && 'missing' in answer)
      answers.set(idOf(one), { raw: '{"status":0,"body":null}' });
  }
  return answers;
};
