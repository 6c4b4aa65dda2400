/** Which packets are sent: for each host a bounded number, so that a thousand hosts cost a thousand times one. */
import { parseIPv4 } from '../../net/address.js';
import type { EndsSeen, PodEnd, Probe, ProbeKind } from '../../facts/traffic/seen.js';
import type { TrafficEnds } from './traffic-ends.js';
import { partnersOf } from './sample.js';

/** A host that answered, and what it has to measure with. */
export interface Place {
  readonly host: string;
  readonly address: string;
  readonly ends: EndsSeen;
}

export interface Unmeasured {
  readonly host: string;
  readonly why: string;
  /** Whether something stood in the way; else there is nothing to measure. */
  readonly cannot: boolean;
}

export interface TrafficPlan {
  readonly probes: ReadonlyMap<string, readonly Probe[]>;
  readonly unmeasured: readonly Unmeasured[];
}

/** Nobody serves it: discard's own port is 9, and this one is nobody's. */
const closed = 40_961;
/** Header of IPv4 and UDP. */
const header = 28;
/** RFC 6761: nobody has it, and every resolver says so. No label has ten letters: see `domainOf`. */
const nobody = 'kw-probe.invalid';
/** Packets of an edge that are counted: many enough to see that one in ten gets lost. */
const many = { connects: 20, names: 10 } as const;

interface Measured {
  readonly place: Place;
  readonly pods: readonly PodEnd[];
}

export const planTraffic = (places: readonly Place[], ends: TrafficEnds): TrafficPlan => {
  const unmeasured: Unmeasured[] = [];
  const able: Measured[] = [];
  for (const place of places) {
    const lacks = ['bash', 'nsenter', 'timeout'].filter(tool => !place.ends.tools.includes(tool));
    if (lacks.length > 0) {
      unmeasured.push({ host: place.host, why: `the host has no ${lacks.join(', ')}`, cannot: true });
      continue;
    }
    const [pods, why] = measurable(place.ends.pods, ends);
    if (why) unmeasured.push({ host: place.host, ...why });
    able.push({ place, pods });
  }
  const probes = new Map(able.map((one, index) => [one.place.host, ofHost(one, index, able, ends)] as const));
  return { probes, unmeasured };
};

/** Two pods of a host tell its own bridge apart from the rest. */
const measurable = (
  pods: readonly PodEnd[],
  { excluded }: TrafficEnds,
): readonly [pods: readonly PodEnd[], why: Omit<Unmeasured, 'host'> | undefined] => {
  const found = pods.filter(pod => excluded(pod.address) === undefined).slice(0, 2);
  if (found.length > 0) return [found, undefined];
  const why = pods.map(pod => excluded(pod.address))[0];
  return [found, why ?? { why: 'no pod runs there', cannot: false }];
};

const ofHost = (
  { place, pods: [first, second] }: Measured,
  index: number,
  able: readonly Measured[],
  ends: TrafficEnds,
): readonly Probe[] => {
  const { host } = place;
  const partners = partnersOf(able.length, index).flatMap(other => able[other] ?? []);
  const hostTo = (to: PodEnd, where: string): Probe => ({
    from: { host },
    to: { host: where, pod: to, what: 'pod', address: to.address },
    kind: 'tcp',
    port: closed,
  });
  return [
    ...(first ? [hostTo(first, host)] : []),
    ...partners.flatMap(({ place: other, pods: [pod] }) => (pod ? [hostTo(pod, other.host)] : [])),
    ...(first && second ? between(host, first, host, second) : []),
    ...(first
      ? partners.flatMap(({ place: other, pods: [pod] }) => (pod ? between(host, first, other.host, pod) : []))
      : []),
    ...(first
      ? [
          ...outwards({ host, pod: first }, ends),
          ...toServers({ host, pod: first }, able, ends),
          ...fromHost(host, ends),
        ]
      : []),
    ...resolving(host, ends),
    ...toUpstreams(place, ends),
  ];
};

/** Questions to the very pods that answer: what a Service spreads over several hosts tells of none of them. */
const toServers = (from: Probe['from'], able: readonly Measured[], { dns }: TrafficEnds): readonly Probe[] =>
  (dns?.servers ?? []).flatMap(({ address, port }) =>
    able.flatMap(({ place }) =>
      place.ends.pods
        .filter(pod => pod.address === address && address !== from.pod?.address && dns?.name !== undefined)
        .map(pod => ({
          from,
          to: { host: place.host, pod, what: 'pod' as const, address: pod.address },
          kind: 'names' as const,
          port,
          name: dns?.name ?? '',
          many: many.names,
        })),
    ),
  );

const resolving = (host: string, { resolvers }: TrafficEnds): readonly Probe[] => {
  const address = resolvers.get(host);
  return address === undefined
    ? []
    : [{ from: { host }, to: { what: 'resolver', address }, kind: 'outer', port: 53, name: nobody }];
};

/** From the pods that answer names: nobody else need reach those servers. */
const toUpstreams = ({ host, ends: { pods } }: Place, { dns }: TrafficEnds): readonly Probe[] => {
  const servers = pods.filter(pod => dns?.servers.some(one => one.address === pod.address));
  return servers.flatMap(pod =>
    (dns?.upstreams ?? []).map(({ zone, address, port }) => ({
      from: { host, pod },
      to: { what: 'upstream' as const, address, zone },
      kind: 'outer' as const,
      port,
      name: nobody,
    })),
  );
};

/** What kubelets and pods on the host's own network need: requests to the API that are longer than a packet. */
const fromHost = (host: string, { apis, apiService, dialled }: TrafficEnds): readonly Probe[] => {
  const own = dialled.get(host);
  const asked = [
    ...apis.map(api => ({ to: { host: api.host, what: 'api' as const, address: api.address }, port: api.port })),
    ...(own && !apis.some(api => api.address === own.address && api.port === own.port)
      ? [{ to: { what: 'api' as const, address: own.address }, port: own.port }]
      : []),
  ];
  return [
    ...asked.map(one => ({ from: { host }, ...one, kind: 'exchange' as const })),
    // Whoever ends before its first byte is not logged by an API server.
    ...(own
      ? [
          {
            from: { host },
            to: { what: 'api' as const, address: own.address },
            kind: 'connects' as const,
            port: own.port,
            many: many.connects,
          },
        ]
      : []),
    ...(apiService
      ? [
          {
            from: { host },
            to: { what: 'service' as const, address: apiService.address },
            kind: 'tcp' as const,
            port: apiService.port,
          },
        ]
      : []),
  ];
};

const between = (host: string, from: PodEnd, other: string, to: PodEnd): readonly Probe[] =>
  (['tcp', 'udp', 'large', 'connects'] as const).map(kind => ({
    from: { host, pod: from },
    to: { host: other, pod: to, what: 'pod' as const, address: to.address },
    kind,
    port: kind === 'large' ? closed + 1 : closed,
    ...(kind === 'large' && { size: Math.min(from.mtu, to.mtu, 9000) - header }),
    ...(kind === 'connects' && { many: many.connects }),
  }));

/** To the API by its own addresses, and through Services. */
const outwards = (from: Probe['from'], { apis, apiService, dns, services }: TrafficEnds): readonly Probe[] => {
  const to = (what: Probe['to']['what'], address: string, port: number, kind: ProbeKind = 'tcp'): Probe => ({
    from,
    to: { what, address },
    kind,
    port,
  });
  return [
    ...apis
      .filter(api => parseIPv4(api.address) !== undefined)
      .map(({ host, address, port }) => ({ ...to('api', address, port), to: { host, what: 'api' as const, address } })),
    ...(apiService ? [to('service', apiService.address, apiService.port)] : []),
    // Whether a bridge leads a pod to itself by its own Service is another question.
    ...services
      .filter(one => !one.behind.includes(from.pod?.address ?? ''))
      .map(({ address, port }) => ({
        ...to('service', address, port),
        to: { what: 'service' as const, address, of: 'workload' as const },
      })),
    ...(dns
      ? [
          to('dns', dns.address, 53),
          { ...to('dns', dns.address, 53, 'connects'), many: many.connects },
          ...(dns.forwards ? [{ ...to('dns', dns.address, 53, 'outer'), name: nobody }] : []),
          ...(dns.name === undefined
            ? []
            : [
                { ...to('dns', dns.address, 53, 'name'), name: dns.name },
                { ...to('dns', dns.address, 53, 'names'), name: dns.name, many: many.names },
              ]),
        ]
      : []),
  ];
};
