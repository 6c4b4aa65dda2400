import { metricsServerFor } from '../../catalog/index.js';
import type { Input } from '../input.js';

/**
 * The image that the source brought, or upstream's where hosts pull what the cluster runs (CoreDNS too). undefined:
 * neither, and a pod would wait for it for ever.
 */
export const metricsImageOf = ({ spec, artifacts }: Pick<Input, 'spec' | 'artifacts'>): string | undefined =>
  artifacts.images['metrics-server']?.ref ??
  (artifacts.dns === 'coredns' && !artifacts.images.dns ? metricsServerFor(spec.kubernetes)?.image : undefined);
