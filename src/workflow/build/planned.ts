/** The plan, with what is known only once a first one is drafted: a way back to life, drains, versions. */
import { joiners } from '../../blueprint/components/etcd-member.js';
import { leavers } from '../../blueprint/components/etcd-members.js';
import type { Input } from '../../blueprint/input.js';
import { withRemoved } from '../../blueprint/removed.js';
import { pastRestarts } from '../../engine/past-restarts.js';
import type { Session } from '../../engine/session.js';
import type { DrainPolicy } from '../../model/drain.js';
import type { Plan } from '../../model/plan.js';
import type { Resource, ResourceId } from '../../model/resource.js';
import { draft } from '../../plan/draft.js';
import { membersIn } from '../../plan/members.js';
import { withPast } from '../../plan/past.js';
import type { Answer } from '../../plan/read-answer.js';
import { drainFindings } from '../../preflight/drains.js';
import type { Finding } from '../../preflight/finding.js';
import type { Story } from '../story.js';
import { type Draining, drainsFor, removedDrains } from './drains.js';
import { endpointDropped } from './endpoint-dropped.js';
import { endpointFree } from './endpoint-free.js';
import { type Revival, revivalOf } from './revival.js';
import { type Moving, versionHolds } from './version-change.js';

export interface PlanScene {
  readonly input: Input;
  readonly resources: readonly Resource[];
  readonly answers: ReadonlyMap<ResourceId, Answer>;
  readonly drain: DrainPolicy | 'off';
  /** Nodes whose pods may be taken from them when the cluster is revived. */
  readonly without: readonly string[];
  /** The cluster goes: nothing is revived, drained or upgraded. */
  readonly ends: boolean;
}

export interface Planned {
  readonly plan: Plan;
  /** Before anything was added for the sake of a revival or of drains. */
  readonly lived: Plan;
  readonly resources: readonly Resource[];
  readonly revival: Revival | undefined;
  readonly draining: Draining | undefined;
}

export async function plannedFor(
  story: Story,
  session: Session,
  { input, resources, answers, drain, without, ends }: PlanScene,
): Promise<Planned> {
  const { spec } = session;
  const members = membersIn(spec, host => input.facts.has(host));
  const plain = { cluster: spec.name, spec, resources, answers, kinds: story.craft.kinds, members };
  const lived = draft(plain);
  const dying = { plan: lived, input, resources, answers, without };
  const revival = ends ? undefined : await revivalOf(story, session, dying);
  const drafting = { ...plain, ...(revival && { resources: revival.resources, answers: revival.answers }) };
  const first = revival ? draft(drafting) : lived;
  const draining = ends ? undefined : await drainsFor(session, { ...drafting, steps: first.steps, policy: drain });
  const drafted = draining ? draft({ ...drafting, drains: draining.drains }) : first;
  const timed = withPast(drafted, await pastRestarts(session.dir));
  return {
    plan: ends ? timed : await versionHolds(session, timed, movingEtcd(input)),
    lived,
    resources: [...drafting.resources, ...(draining?.resources ?? [])],
    revival,
    draining,
  };
}

const movingEtcd = (input: Input): Moving => {
  const whole = withRemoved(input);
  return {
    join: joiners({ ...input, etcdLived: input.etcdLived ?? false }).map(({ name }) => name),
    leave: leavers(whole.spec, whole.facts).map(({ name }) => name),
    removes: (input.removes ?? []).map(({ name }) => name),
    replaces: (input.gone ?? []).length > 0,
  };
};

/** What stops this very plan, or is good to know of it. */
export async function planFindings(
  session: Session,
  { input, drain, ends }: PlanScene,
  { plan, revival, draining }: Planned,
): Promise<readonly Finding[]> {
  if (ends) return [];
  const taken = [...(await endpointFree(session, plan, input.facts)), ...(await endpointDropped(session, input))];
  const leave = await removedDrains(session, input, drain);
  return [...(revival?.findings ?? []), ...taken, ...drainFindings([...(draining?.drains.forecasts ?? []), ...leave])];
}
