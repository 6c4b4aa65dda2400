/** metrics-server's own axis: which of its releases goes with a minor of Kubernetes. */
import { parseVersion } from './versions.js';

export interface MetricsServer {
  /** `0.9.0`. */
  readonly version: string;
  /** `registry.k8s.io/metrics-server/metrics-server:v0.9.0`. */
  readonly image: string;
}

/** Newest first; from which minor on each is supported. Source: the compatibility matrix in its README. */
const lines: readonly (readonly [from: number, version: string])[] = [
  [34, '0.9.0'],
  [31, '0.8.0'],
  [27, '0.7.2'],
  [25, '0.6.4'],
];

export const oldestWithMetricsServer = '1.25';

/** undefined: none of them supports this minor; older ones read the kubelets by another API. */
export const metricsServerFor = (kubernetes: string): MetricsServer | undefined => {
  const minor = parseVersion(kubernetes)?.minor ?? 0;
  const version = lines.find(([from]) => minor >= from)?.[1];
  return version === undefined ? undefined : { version, image: metricsServerImage(version) };
};

export const metricsServerImage = (version: string): string =>
  `registry.k8s.io/metrics-server/metrics-server:v${version}`;
