/** What a drain will meet: said before the run, and with the same words while it waits. */
import type { Budget } from '../../facts/upgrade/budgets.js';
import type { PodSeen } from '../../facts/upgrade/pods.js';
import type { DrainBlock, DrainForecast, DrainPolicy } from '../../model/drain.js';
import { budgetsOn, isEvicted, nameOfPod, refusedBy } from './pods.js';

export const budgetText = ({ namespace, name }: Budget): string => `PodDisruptionBudget ${namespace}/${name}`;

/** Whether no number of healthy pods would ever allow one eviction. */
export const never = ({ minAvailable, maxUnavailable, expected }: Budget): boolean =>
  maxUnavailable === 0 ||
  maxUnavailable === '0%' ||
  minAvailable === '100%' ||
  (typeof minAvailable === 'number' && expected > 0 && minAvailable >= expected);

export const ruleText = ({ minAvailable, maxUnavailable }: Budget): string =>
  maxUnavailable === undefined ? `minAvailable: ${minAvailable}` : `maxUnavailable: ${maxUnavailable}`;

/** `pods`: all of the cluster, so that those that are not ready can be named. */
export function blockOf(
  pod: PodSeen,
  pods: readonly PodSeen[],
  budgets: readonly Budget[],
  policy: DrainPolicy,
): DrainBlock | undefined {
  const name = nameOfPod(pod);
  const refused = refusedBy(pod, policy);
  if (refused === 'no-controller')
    return {
      pod: name,
      kind: refused,
      says: 'nobody makes it again (no controller): allow it with --delete-bare-pods',
    };
  if (refused === 'empty-dir')
    return { pod: name, kind: refused, says: 'it loses what is in its emptyDir: allow it with --delete-emptydir-data' };
  if (pod.deleting !== undefined) return pod.finalizers.length > 0 ? finalized(pod) : undefined;
  const [budget, ...more] = budgetsOn(pod, budgets);
  if (!budget) return undefined;
  if (more.length > 0)
    return { pod: name, kind: 'two-budgets', says: `${[budget, ...more].map(budgetText).join(' and ')} select it` };
  const mayGoUnready = !pod.ready && budget.healthy >= budget.desired;
  if (budget.allowed > 0 || mayGoUnready) return undefined;
  if (never(budget))
    return {
      pod: name,
      kind: 'budget-never',
      says: `${budgetText(budget)} never allows an eviction (${ruleText(budget)}, ${budget.expected} pods)`,
    };
  return { pod: name, kind: 'budget-now', says: budgetNow(budget, pods) };
}

const finalized = (pod: PodSeen): DrainBlock => ({
  pod: nameOfPod(pod),
  kind: 'terminating',
  says: `it is being deleted since ${pod.deleting}, and waits for its finalizers: ${pod.finalizers.join(', ')}`,
});

/** Why nothing may go: pods of the same budget that are not ready, each with what it waits for. */
export function budgetNow(budget: Budget, pods: readonly PodSeen[]): string {
  const unready = pods.filter(pod => !pod.ready && isAlive(pod) && budgetsOn(pod, [budget]).length > 0);
  const named = unready
    .slice(0, 3)
    .map(pod => `${nameOfPod(pod)}${pod.waits === undefined ? '' : ` (${pod.waits})`}`)
    .join(', ');
  return (
    `${budgetText(budget)} allows no eviction now: ${budget.healthy} of ${budget.expected} pods are healthy, ` +
    `${budget.desired} must be${unready.length > 0 ? `; not ready: ${named}` : ''}`
  );
}

const isAlive = ({ phase }: PodSeen): boolean => phase !== 'Succeeded' && phase !== 'Failed';

export function forecast(
  host: string,
  pods: readonly PodSeen[],
  budgets: readonly Budget[],
  policy: DrainPolicy,
): DrainForecast {
  const here = pods.filter(pod => pod.node === host && isEvicted(pod));
  return {
    host,
    evicts: here.length,
    blocks: here.flatMap(pod => blockOf(pod, pods, budgets, policy) ?? []),
  };
}

/** How many pods of each budget stand on each node: `shop/web` → 2. */
export function guardedOn(
  host: string,
  pods: readonly PodSeen[],
  budgets: readonly Budget[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods.filter(each => each.node === host && isEvicted(each)))
    for (const budget of budgetsOn(pod, budgets))
      counts.set(nameOfPod(budget), (counts.get(nameOfPod(budget)) ?? 0) + 1);
  return counts;
}

export const headroomOf = (budgets: readonly Budget[]): ReadonlyMap<string, number> =>
  new Map(budgets.map(budget => [nameOfPod(budget), budget.allowed]));
