/** Which pods of a node a drain moves, leaves, or must not touch without being told to: as kubectl drain decides. */
import { type Budget, selects } from '../../facts/upgrade/budgets.js';
import type { PodSeen } from '../../facts/upgrade/pods.js';
import type { DrainPolicy } from '../../model/drain.js';

/** DaemonSets' pods stay, static ones and finished ones are not evicted. */
export const isEvicted = (pod: PodSeen): boolean =>
  pod.node !== '' &&
  pod.owner !== 'DaemonSet' &&
  pod.owner !== 'Node' &&
  !pod.annotations.includes('kubernetes.io/config.mirror') &&
  pod.phase !== 'Succeeded' &&
  pod.phase !== 'Failed';

/** Pods that are on their way out already need nobody's leave. */
export const refusedBy = (pod: PodSeen, policy: DrainPolicy): 'no-controller' | 'empty-dir' | undefined => {
  if (pod.deleting !== undefined) return undefined;
  if (pod.owner === undefined && !policy.bare) return 'no-controller';
  return pod.volumes.includes('emptyDir') && !policy.emptyDir ? 'empty-dir' : undefined;
};

export const budgetsOn = (pod: PodSeen, budgets: readonly Budget[]): readonly Budget[] =>
  budgets.filter(
    ({ namespace, selector }) => namespace === pod.namespace && selector !== undefined && selects(selector, pod.labels),
  );

export const nameOfPod = ({ namespace, name }: Pick<PodSeen, 'namespace' | 'name'>): string => `${namespace}/${name}`;
