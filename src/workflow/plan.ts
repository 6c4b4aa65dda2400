/** What would change; nothing is changed. */
import type { HostFinding } from '../model/event.js';
import type { Plan } from '../model/plan.js';
import type { Stage } from '../model/resource.js';
import { upTo } from '../plan/order.js';
import { draftFor } from './build/draft.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, within } from './story.js';

export interface Planned {
  readonly plan: Plan;
  readonly preflight: readonly HostFinding[];
}

export interface PlanOptions {
  /** The last stage; absent: all. */
  readonly until?: Stage | undefined;
  /** `kw-2=3f9c0d2a41bb`: hosts that another cluster is to lose. */
  readonly takeOver?: readonly string[] | undefined;
  /** The cluster's name: what its old etcd held is given up. */
  readonly newEtcd?: string | undefined;
}

export async function plan(
  file: ClusterFile,
  ports: Ports,
  { until, takeOver, newEtcd }: PlanOptions = {},
): Promise<Planned> {
  const story = begin(ports, file.warnings);
  const artifacts = artifactsOf(story, file.spec);
  return within(story, file, { purpose: 'change', takeOver }, async session => {
    const { plan: whole, preflight } = await draftFor(story, session, artifacts, {
      newEtcd,
      removes: (until ?? 'addons') === 'addons',
    });
    const part = until ? upTo(whole, until) : whole;
    story.emit({ type: 'plan', plan: part });
    return { plan: part, preflight };
  });
}
