import { createHash } from 'node:crypto';
import type { Member, Plan, Step } from '../model/plan.js';
import { idOf, type Resource, type ResourceId } from '../model/resource.js';
import { predictedPlans, type Planned } from './predict-changes.js';
import { graphOf, type Graph } from './graph.js';
import { allowed } from './leave-out.js';
import { readAnswer, type Answer, type KindTable, type Reading } from './read-answer.js';
import { membersOf } from './members.js';
import { nearestSteps } from './nearest.js';
import type { Drains } from './drain/due.js';
import { rolledOut } from './rollout.js';
import { unseen } from './seen.js';

export interface DraftInput {
  readonly cluster: string;
  /** What the owner wrote, or its digest: part of the plan's digest. */
  readonly spec: unknown;
  readonly resources: readonly Resource[];
  /** What each resource's question was answered; a missing entry is a host that was never asked. */
  readonly answers: ReadonlyMap<ResourceId, Answer>;
  readonly kinds: KindTable;
  /** The cluster's hosts, those without an answer included; absent: what the resources tell of them. */
  readonly members?: readonly Member[];
  /** True: who carries it out takes it back where it fails. */
  readonly takesBack?: boolean;
  /** Nodes that are drained before their turn, and those that an earlier run left cordoned. */
  readonly drains?: Drains | undefined;
}

/** Want and have → what is to be done, in which order. Linear in the number of resources and of their edges. */
export function draft(input: DraftInput): Plan {
  const graph = graphOf(input.resources);
  const looked = graph.resources.map((resource, at) =>
    readAnswer(resource, input.answers.get(graph.ids[at] ?? ''), input.kinds),
  );
  const { why, leftOut: hidden, hosts } = unseen(graph, looked);
  const planned = predictedPlans(graph, at => (why.has(at) ? undefined : looked[at]), input.kinds);
  const hiding = new Set(hosts.map(({ host }) => host));
  const members = (input.members ?? membersOf(graph.resources)).map(member =>
    hiding.has(member.host) ? { ...member, seen: false } : member,
  );
  const { steps, leftOut: waiting } = allowed(stepsOf(graph, looked, planned, input.kinds), members);
  const leftOut = [...hidden, ...waiting];
  return {
    cluster: input.cluster,
    ...rolledOut(steps, { ...input, members }),
    examined: graph.ids.length - leftOut.length,
    unseen: hosts,
    ...(leftOut.length > 0 ? { leftOut } : {}),
    digest: digestOf(input, graph, looked),
  };
}

function stepsOf(
  graph: Graph,
  looked: readonly Reading[],
  planned: readonly (Planned | undefined)[],
  kinds: KindTable,
): readonly Step[] {
  const nearest = nearestSteps(graph, at => planned[at] !== undefined);
  const names = new Map<readonly number[], readonly ResourceId[]>();
  const steps: Step[] = [];
  for (const [at, plan] of planned.entries()) {
    const [resource, seen, after] = [graph.resources[at], looked[at], nearest[at] ?? []];
    if (!plan || !resource || !seen || 'missing' in seen) continue;
    const named = names.get(after) ?? after.map(each => graph.ids[each] ?? '');
    names.set(after, named);
    const afterAny = resource.afterAny && oneOf(resource.afterAny, graph, looked, planned);
    steps.push(stepOf(resource, seen, plan, { after: named, afterAny }, kinds[resource.kind]));
  }
  return steps;
}

function stepOf(
  resource: Resource,
  seen: Exclude<Reading, { readonly missing: string }>,
  { changes, remedy: { actions, risk, seconds = 0, lifeline } }: Planned,
  { after, afterAny }: { readonly after: Step['after']; readonly afterAny: Step['afterAny'] },
  { cost = 0, serialClass }: Partial<KindTable[string]> = {},
): Step {
  const { host, kind, key, stage, because } = resource;
  const serial = serialClass?.({ key, stage, changes });
  return {
    ...(serial ? { serial } : {}),
    ...(cost + seconds > 0 ? { seconds: cost + seconds } : {}),
    ...(afterAny ? { afterAny } : {}),
    ...(lifeline ? { lifeline } : {}),
    ...{ id: idOf(resource), host, kind, key, stage, because, changes, actions, risk, after },
    question: seen.question,
    seen: seen.digest,
  };
}

/** Undefined: one of them is as wanted already, or none of them is in the plan. */
function oneOf(
  wanted: readonly ResourceId[],
  { ids }: Graph,
  looked: readonly Reading[],
  planned: readonly (Planned | undefined)[],
): readonly ResourceId[] | undefined {
  const numbers = wanted
    .map(id => ids.indexOf(id))
    .filter(at => at >= 0 && !('missing' in (looked[at] ?? { missing: '' })));
  if (numbers.length === 0 || numbers.some(at => planned[at] === undefined)) return undefined;
  return numbers.map(at => ids[at] ?? '');
}

function digestOf({ cluster, spec }: DraftInput, { ids }: Graph, looked: readonly Reading[]): string {
  const digest = createHash('sha256').update(JSON.stringify([cluster, spec]));
  const lines = ids.map((id, at) => {
    const seen = looked[at];
    return `${id}\0${!seen || 'missing' in seen ? '-' : seen.digest}\n`;
  });
  for (let at = 0; at < lines.length; at += 1000) digest.update(lines.slice(at, at + 1000).join(''));
  return digest.digest('hex');
}
