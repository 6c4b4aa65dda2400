/** A node is emptied of pods by the eviction API, so that budgets are kept, or left as it was found. */
import { type Budget, budgets } from '../../facts/upgrade/budgets.js';
import { pods as podList, type PodSeen } from '../../facts/upgrade/pods.js';
import type { DrainPolicy } from '../../model/drain.js';
import { NotSeen, Unreadable } from '../../model/fact.js';
import type { FailureClass } from '../../model/event.js';
import type { Action } from '../../model/resource.js';
import { blockOf } from '../../plan/drain/forecast.js';
import { isEvicted, nameOfPod, refusedBy } from '../../plan/drain/pods.js';
import type { Api } from '../context.js';
import { cordon, markDrained, uncordon } from './cordon.js';
import { failureOf } from './step-tracker.js';

export interface DrainWays {
  readonly api: () => Promise<Api>;
  readonly waiting: (says: string) => void;
  /** True: an interruption; what is begun is left for the next run. */
  readonly stopped: () => boolean;
  /** Milliseconds between two rounds of evictions. */
  readonly pauseMs?: number;
}

export type Refusal = { readonly class: FailureClass; readonly message: string; readonly help?: string } | undefined;

type Drain = Extract<Action, { do: 'drain' }>;

/** What the API said against an eviction. */
interface Denial {
  readonly status: number;
  readonly says: string;
}

/** Undefined: the node is empty, cordoned and marked, or there is no such node. */
export async function drainNode(drain: Drain, ways: DrainWays): Promise<Refusal> {
  const api = await ways.api();
  const { node } = drain;
  const before = await podsOn(api, node);
  const kept = refusals(before, drain);
  // Nothing was touched yet.
  if (kept.length > 0) return refused(node, kept);
  if (!(await cordon(api, node))) return undefined;
  const blocked = await empty(drain, ways);
  if (blocked === undefined) await markDrained(await ways.api(), node);
  else if (blocked !== 'stopped') await uncordon(await ways.api(), node);
  return blocked === 'stopped' ? { class: 'timeout', message: `${node}: the drain was interrupted` } : blocked;
}

const refusals = (pods: readonly PodSeen[], policy: DrainPolicy): readonly string[] =>
  pods.flatMap(pod => {
    if (refusedBy(pod, policy) === undefined) return [];
    return `${nameOfPod(pod)}: ${blockOf(pod, [], [], policy)?.says ?? ''}`;
  });

const refused = (node: string, kept: readonly string[]): Refusal => ({
  class: 'refused',
  message: `${node} is not drained: ${listed(kept)}`,
  help: 'move these pods, or allow it by the flag that is named; then kw up',
});

async function empty(drain: Drain, ways: DrainWays): Promise<Refusal | 'stopped'> {
  const end = performance.now() + drain.seconds * 1000;
  const answers = new Map<string, Denial>();
  let told = '';
  for (;;) {
    const left = await round(drain, ways, answers);
    if (Array.isArray(left) && left.length === 0) return undefined;
    if (ways.stopped()) return 'stopped';
    if (performance.now() > end) return givenUp(drain, left, ways, answers);
    const says = Array.isArray(left) ? leftText(left, answers) : left;
    if (says !== told) ways.waiting(`${drain.node} to be drained: ${says}`);
    told = says;
    await new Promise(resolve => setTimeout(resolve, ways.pauseMs ?? 1000));
  }
}

/** One eviction of each pod that is still there. @returns those pods, or why nobody knows which. */
async function round(drain: Drain, ways: DrainWays, answers: Map<string, Denial>): Promise<PodSeen[] | string> {
  try {
    const api = await ways.api();
    const here = await podsOn(api, drain.node);
    for (const pod of here.filter(each => each.deleting === undefined)) {
      const denial = await evict(api, pod, drain.eviction);
      if (denial === undefined) answers.delete(nameOfPod(pod));
      else answers.set(nameOfPod(pod), denial);
    }
    return here;
  } catch (error) {
    // An API that is away for a moment, or gives half an answer, is asked again until the time is up.
    if (error instanceof Unreadable || error instanceof NotSeen) return error.message;
    return failureOf(error).message;
  }
}

/** Of this node, those that are to go. */
async function podsOn(api: Api, node: string): Promise<PodSeen[]> {
  const path = `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`;
  return podList
    .parse(JSON.stringify(await api.request('GET', path)))
    .filter(pod => pod.node === node && isEvicted(pod));
}

/** Undefined: it goes, or is gone. Else what the API says against it. */
async function evict(api: Api, pod: PodSeen, apiVersion: Drain['eviction']): Promise<Denial | undefined> {
  const { name, namespace } = pod;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
  const preconditions = pod.uid === undefined ? {} : { deleteOptions: { preconditions: { uid: pod.uid } } };
  const { status, body } = await api.request('POST', path, {
    apiVersion,
    kind: 'Eviction',
    metadata: { name, namespace },
    ...preconditions,
  });
  // 409: another pod has its name by now.
  if (status < 300 || status === 404 || status === 409) return undefined;
  return { status, says: `${status} ${messageIn(body)}` };
}

/** `details.causes` name the budget where one is in the way. */
const messageIn = (body: unknown): string => {
  const told = body as { message?: unknown; details?: { causes?: readonly { message?: unknown }[] } } | null;
  const parts = [told?.message, ...(told?.details?.causes ?? []).map(cause => cause?.message)];
  return parts
    .filter(part => typeof part === 'string')
    .join(' ')
    .slice(0, 500);
};

const leftText = (left: readonly PodSeen[], answers: ReadonlyMap<string, Denial>): string =>
  listed(
    left.map(pod => {
      const denial = answers.get(nameOfPod(pod));
      return `${nameOfPod(pod)}${denial === undefined ? ' (ending)' : `: ${denial.says}`}`;
    }),
  );

const listed = (all: readonly string[]): string =>
  `${all.slice(0, 5).join('; ')}${all.length > 5 ? `; and ${all.length - 5} more pods` : ''}`;

async function givenUp(
  drain: Drain,
  left: PodSeen[] | string,
  { api }: DrainWays,
  answers: ReadonlyMap<string, Denial>,
): Promise<Refusal> {
  const { node, seconds } = drain;
  const whys = Array.isArray(left) ? await reasons(drain, left, await api(), answers) : [left];
  return {
    class: 'timeout',
    message: `${node} could not be drained within ${seconds} s, and takes pods as before: ${listed(whys)}`,
    help: 'make room for what blocks it (a replica, a ready pod, a node), or give it --drain-timeout; then kw up',
  };
}

/** Of each pod that is left: the budget and who is not ready, what it waits for, or what the API said. */
async function reasons(
  drain: Drain,
  left: readonly PodSeen[],
  api: Api,
  answers: ReadonlyMap<string, Denial>,
): Promise<readonly string[]> {
  const [all, limits] = await Promise.all([everyPod(api), everyBudget(api, drain)]);
  return left.map(pod => {
    const denial = answers.get(nameOfPod(pod));
    const block = blockOf(pod, all, limits, drain);
    const own = denial !== undefined && denial.status >= 500 && block !== undefined ? ` (${denial.says})` : '';
    return `${nameOfPod(pod)}: ${block?.says ?? denial?.says ?? ending(pod)}${own}`;
  });
}

const ending = ({ deleting, graceSeconds }: PodSeen): string => {
  if (deleting === undefined) return 'its eviction was accepted, and it is still here';
  const grace = graceSeconds === undefined ? '' : `, and may take ${graceSeconds} s to end`;
  return `it is being deleted since ${deleting}${grace}`;
};

const everyPod = (api: Api): Promise<readonly PodSeen[]> =>
  api.request('GET', '/api/v1/pods').then(
    answer => podList.parse(JSON.stringify(answer)),
    () => [],
  );

const everyBudget = (api: Api, { eviction }: Drain): Promise<readonly Budget[]> => {
  const fact = budgets(eviction);
  return api.request('GET', fact.question.path).then(
    answer => fact.parse(JSON.stringify(answer)),
    () => [],
  );
};
