/**
 * What stands behind Services, held against the pods that they select: ready pods that stand in no slice (nobody does
 * that work), and slices made by hand that lead to no pod.
 */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { at, listAt } from '../../read/yaml.js';
import { listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

/** Longer than a controller with much to do, or a new leader, takes. */
const graceMs = 60_000;
const most = 3;
const list = 'endpointslices.discovery.k8s.io';
const writer = 'endpointslice.kubernetes.io/managed-by';

export const endpointSigns = (chart: Chart): readonly Sign[] => {
  const slices = byService(listed(chart, list));
  const pods = listed(chart, 'pods');
  const addresses = new Set(pods.map(pod => textAt(pod, 'status', 'podIP')));
  // Where only a part was seen, what is missing says nothing.
  if (slices.size === 0 || pods.length === 0) return [];
  return listed(chart, 'services').flatMap(service => {
    if (!selects(service)) return [];
    const own = slices.get(fullName(service)) ?? [];
    return [...unlisted(chart, service, own, pods), ...strangers(chart, service, own, addresses)];
  });
};

const byService = (all: readonly ApiObject[]): ReadonlyMap<string, readonly ApiObject[]> => {
  const found = new Map<string, ApiObject[]>();
  for (const slice of all) {
    const name = `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`;
    found.set(name, [...(found.get(name) ?? []), slice]);
  }
  return found;
};

/** The Services of leaders and externals select nobody; their owners write what stands behind them. */
const selects = (service: ApiObject): boolean =>
  Object.keys((at(service, 'spec', 'selector') ?? {}) as object).length > 0 &&
  textAt(service, 'spec', 'type') !== 'ExternalName';

const behind = (slice: ApiObject): readonly string[] =>
  listAt(slice, 'endpoints').flatMap(one => listAt(one, 'addresses').map(String));

const unlisted = (
  chart: Chart,
  service: ApiObject,
  own: readonly ApiObject[],
  pods: readonly ApiObject[],
): readonly Sign[] => {
  const known = new Set(own.flatMap(behind));
  const left = pods.filter(pod => isReady(chart, pod) && isSelected(service, pod) && !known.has(addressOf(pod)));
  if (left.length === 0) return [];
  const names = left.slice(0, most).map(fullName).join(', ');
  return [
    signOf(
      chart,
      service,
      `${left.length} ready pods that Service ${fullName(service)} selects stand in no EndpointSlice of it ` +
        `(${names}): nobody writes them there, and packets go to those that stood there before, or nowhere`,
      own.map(fullName).join(' '),
      'see on the host that holds the lease of kube-controller-manager whether it runs, its --controllers, and what ' +
        'it logs of endpointslice',
    ),
  ];
};

const isReady = (chart: Chart, pod: ApiObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  textAt(pod, 'status', 'phase') === 'Running' &&
  listAt(pod, 'status', 'conditions').some(
    one =>
      textAt(one, 'type') === 'Ready' &&
      textAt(one, 'status') === 'True' &&
      Date.parse(chart.now) - Date.parse(textAt(one, 'lastTransitionTime')) > graceMs,
  );

const addressOf = (pod: ApiObject): string => textAt(pod, 'status', 'podIP');

/** Of two families a pod's first address need not be the Service's. */
const isSelected = (service: ApiObject, pod: ApiObject): boolean => {
  const families = listAt(service, 'spec', 'ipFamilies').map(String);
  const family = addressOf(pod).includes(':') ? 'IPv6' : 'IPv4';
  return (
    addressOf(pod) !== '' &&
    pod.metadata.namespace === service.metadata.namespace &&
    (families.length === 0 || families.includes(family)) &&
    Object.entries(at(service, 'spec', 'selector') as Readonly<Record<string, unknown>>).every(
      ([key, value]) => pod.metadata.labels?.[key] === value,
    )
  );
};

/** Other controllers (of clusters that are joined) say that a slice is theirs; where nobody does, a person made it. */
const strangers = (
  chart: Chart,
  service: ApiObject,
  own: readonly ApiObject[],
  pods: ReadonlySet<string>,
): readonly Sign[] =>
  own.flatMap(slice => {
    if (slice.metadata.labels?.[writer] !== undefined || textAt(slice, 'addressType') !== 'IPv4') return [];
    const dead = listAt(slice, 'endpoints')
      .filter(one => at(one as ApiObject, 'conditions', 'ready') !== false)
      .flatMap(one => listAt(one, 'addresses').map(String))
      .filter(address => !pods.has(address));
    if (dead.length === 0) return [];
    return [
      signOf(
        chart,
        service,
        `EndpointSlice ${fullName(slice)} was made by hand, and leads a part of Service ${fullName(service)} to ` +
          `${dead.slice(0, most).join(', ')}, which is no pod’s address`,
        fullName(slice),
        `see who made it, and delete it: kubectl -n ${slice.metadata.namespace} get endpointslice ` +
          `${slice.metadata.name} -o yaml`,
      ),
    ];
  });

const signOf = (chart: Chart, service: ApiObject, says: string, shown: string, next: string): Sign => ({
  kind: 'endpoint',
  host: 'cluster',
  subject: { service: fullName(service) },
  says,
  shows: showing(chart, list, shown, says.slice(0, 300)),
  next,
});
