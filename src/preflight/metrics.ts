/** Where `kubectl top` will not come from us, though the file wants it. */
import type { Input } from '../blueprint/input.js';
import { metricsImageOf } from '../blueprint/metrics/image.js';
import { type Finding, warning } from './finding.js';
import { clusterHost } from '../model/resource.js';

const leave = 'addons: {metricsServer: false} in the cluster file says so and ends this warning';

export function saysMetrics(input: Pick<Input, 'spec' | 'artifacts' | 'metrics'>): readonly Finding[] {
  const { spec, artifacts, metrics } = input;
  if (!spec.addons.metricsServer) return [];
  if (metrics === 'other')
    return [
      {
        host: clusterHost,
        ...warning(
          'metrics-of-others',
          'somebody else serves metrics.k8s.io in this cluster: it stays as it is, and no metrics-server is installed',
          leave,
        ),
      },
    ];
  if (metricsImageOf(input) !== undefined) return [];
  return [
    {
      host: clusterHost,
      ...warning(
        'metrics-not-in-source',
        `source ${artifacts.source} has no metrics-server for Kubernetes ${spec.kubernetes}: kubectl top and ` +
          'autoscaling by processor and memory will not work',
        artifacts.source === 'mirror' ? 'put images/metrics-server.tar into the mirror (kw docs artifacts)' : leave,
      ),
    },
  ];
}
