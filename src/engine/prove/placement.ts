import { taintsOf } from '../../blueprint/components/kubelet.js';
import { type ClusterSpec, nodes, withRole } from '../../model/cluster.js';

export interface Toleration {
  readonly key: string;
  readonly operator: 'Exists';
  readonly effect: string;
}
export interface Placement {
  readonly replicas: number;
  readonly tolerations: readonly Toleration[];
}

const spread = 2;

/**
 * Where the proof's pods go: on two workers that take any pod. Where there are fewer, the taints that the file names
 * (the owner's, and the control plane's) are tolerated for these few seconds; others are not: a host that was cordoned
 * or is not ready has its reasons.
 */
export function placement(spec: ClusterSpec): Placement {
  const free = withRole(spec, 'worker').filter(host =>
    taintsOf({ spec, host }).every(({ effect }) => effect === 'PreferNoSchedule'),
  );
  if (free.length >= spread) return { replicas: spread, tolerations: [] };
  const all = nodes(spec);
  const taints = all.flatMap(host => taintsOf({ spec, host })).filter(({ effect }) => effect !== 'PreferNoSchedule');
  const named = new Map(
    taints.map(({ key, effect }) => [`${key}:${effect}`, { key, operator: 'Exists', effect } as const]),
  );
  return { replicas: Math.min(spread, all.length), tolerations: [...named.values()] };
}
