/** What is installed into the cluster where the file does not say. */
import { metricsServerFor, oldestWithMetricsServer, release } from '../catalog/index.js';
import type { ArtifactSource, ClusterSpec } from '../model/cluster.js';
import type { ClusterFile } from './schema.js';

type Or = (path: string, written: boolean | undefined, value: boolean, why: string) => boolean;

export function draftAddons(
  { addons = {} }: Pick<ClusterFile, 'addons'>,
  kubernetes: string,
  source: ArtifactSource,
  or: Or,
): ClusterSpec['addons'] {
  const lacking = metricsServerLacking(kubernetes, source);
  return {
    dns: or('addons.dns', addons.dns, true, 'pods find Services by name'),
    metricsServer: or(
      'addons.metricsServer',
      addons.metricsServer,
      lacking === undefined,
      lacking ?? 'kubectl top answers, and autoscaling works',
    ),
  };
}

/** Why there can be none, as far as the file alone tells; undefined: there can, or nobody knows such a version. */
export const metricsServerLacking = (kubernetes: string, source: ArtifactSource): string | undefined =>
  source === 'debian'
    ? 'source debian has no metrics-server'
    : release(kubernetes) && metricsServerFor(kubernetes) === undefined
      ? `metrics-server supports Kubernetes from ${oldestWithMetricsServer} on`
      : undefined;
