/** The cluster's DNS without a server: a selector that nobody answers to, no replicas, pods that are not ready. */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { at, listAt } from '../../read/yaml.js';
import { listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

// What pods may need to be created, pulled and ready on a slow machine.
const graceMs = 5 * 60_000;
/** Between a Service and its pods, where both are made together. */
const bareMs = 60_000;
const slices = 'endpointslices.discovery.k8s.io';

/** Of the namespace kube-system alone: other Services may wait for pods that nobody has made yet. */
export const serviceSigns = (chart: Chart): readonly Sign[] =>
  listed(chart, 'services').flatMap(service => {
    const own = slicesOf(chart, service);
    if (!isDns(service) || own.length === 0 || own.some(hasReady) || isStarting(chart, service)) return [];
    const name = fullName(service);
    return [
      {
        kind: 'service' as const,
        host: 'cluster',
        subject: { service: name },
        says: `no ready pod stands behind the DNS Service ${name}: no name is resolved in the cluster`,
        shows: showing(chart, slices, own.map(fullName).join(' '), 'no endpoint is ready'),
        next: `hold the selector of Service ${name} against its pods' labels, and see how many replicas there are`,
      },
    ];
  });

const isDns = (service: ApiObject): boolean =>
  service.metadata.namespace === 'kube-system' &&
  textAt(service, 'spec', 'clusterIP') !== 'None' &&
  at(service, 'spec', 'selector') !== undefined &&
  listAt(service, 'spec', 'ports').some(one => textAt(one, 'port') === '53' && textAt(one, 'protocol') === 'UDP');

const slicesOf = (chart: Chart, { metadata }: ApiObject): readonly ApiObject[] =>
  listed(chart, slices).filter(
    slice =>
      slice.metadata.namespace === metadata.namespace &&
      slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
  );

const hasReady = (slice: ApiObject): boolean =>
  listAt(slice, 'endpoints').some(one => at(one as ApiObject, 'conditions', 'ready') !== false);

/** The Service, or a pod that it asks for and that stays, is only just made. */
const isStarting = (chart: Chart, service: ApiObject): boolean => {
  const selector = Object.entries((at(service, 'spec', 'selector') ?? {}) as Readonly<Record<string, unknown>>);
  const pods = listed(chart, 'pods').filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace &&
      metadata.deletionTimestamp === undefined &&
      selector.every(([key, value]) => metadata.labels?.[key] === value),
  );
  const age = (one: ApiObject): number =>
    Date.parse(chart.now) - Date.parse(textAt(one, 'metadata', 'creationTimestamp'));
  return age(service) < bareMs || pods.some(pod => age(pod) < graceMs);
};
