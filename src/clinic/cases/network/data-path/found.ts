/** Broken edges of the data path, told by the host at which their packets end. */
import type { ProbeSeen, Trace, TrafficSeen } from '../../../../facts/traffic/seen.js';
import type { FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { endsOf, isBroken, keyOf, suspects } from '../../../traffic/broken.js';
import { type Lost, lostIn } from '../../../traffic/hop.js';
import type { EdgeFact, Facts, LostPackets } from './facts.js';
import { edgeText } from './words.js';

const most = 3;

export const brokenEdges = (traffic: TrafficSeen): readonly ProbeSeen[] => {
  const broken = traffic.probes.filter(one => isBroken(one, traffic.probes));
  // What cannot reach a pod cannot reach a Service either: the pods' edges tell where.
  const pods = broken.filter(one => one.to.what === 'pod');
  const resolvers = broken.filter(one => one.to.what === 'resolver');
  const near = [pods, resolvers, broken].find(all => all.length > 0) ?? [];
  // Where nothing arrives, that some of it gets lost elsewhere can be the load of trying again.
  const whole = near.filter(one => one.outcome !== 'lossy');
  return whole.length > 0 ? whole : near;
};

export const findingsOf = (chart: Chart, traffic: TrafficSeen): readonly FoundOf<Facts>[] => {
  const broken = brokenEdges(traffic);
  return suspects(broken).map(hosts => {
    const edges = broken.filter(edge => endsOf(edge).some(host => hosts.includes(host)));
    return found(chart, traffic, hosts, edges);
  });
};

const found = (
  chart: Chart,
  traffic: TrafficSeen,
  hosts: readonly string[],
  edges: readonly ProbeSeen[],
): FoundOf<Facts> => {
  const keys = new Set(edges.map(keyOf));
  const traces = traffic.traces.filter(one => keys.has(keyOf(one.probe)));
  const followed = traces.map(trace => ({ trace, lost: lostIn(trace) }));
  const narrow = narrowest(chart, edges);
  const best = bestOf(followed, hosts);
  const host = narrow?.host ?? best?.lost.host ?? (everywhere(edges, traffic) ? 'cluster' : (hosts[0] ?? 'cluster'));
  const sure = narrow !== undefined || best?.lost.host !== undefined || host === 'cluster';
  const example = best ? edges.find(one => keyOf(one) === keyOf(best.trace.probe)) : simplest(edges);
  const edge = factOf(example ?? (edges[0] as ProbeSeen));
  const measured = traffic.probes.filter(one => host === 'cluster' || endsOf(one).includes(host)).length;
  const facts: LostPackets = {
    edge,
    broken: edges.length,
    measured,
    others: sure ? [] : hosts.filter(one => one !== host),
    ...(best && whereOf(best.lost, best.trace)),
    risen: (best?.lost.risen ?? []).filter(one => !sure || one.host === host).slice(0, most),
    silent: (best?.trace.silent ?? [])
      .filter(one => one.host === host)
      .map(one => one.rule)
      .slice(0, most),
    ...(narrow && { narrow }),
    notForwarding: notForwarding(chart.hosts.get(host)),
    probes: edges.slice(0, most).map(factOf),
    ...(best && { followed: followedIn(best.trace) }),
  };
  return {
    variant: variantOf(edges),
    host,
    subject: { edge: edgeText(edge) },
    facts,
  };
};

const whereOf = (lost: Lost, trace: Trace): Partial<LostPackets> => ({
  sent: trace.sent,
  ...(lost.last && { last: lost.last }),
  ...(lost.next && { next: lost.next }),
  ...(lost.onTheWayBack && { onTheWayBack: true }),
});

interface Followed {
  readonly trace: Trace;
  readonly lost: Lost;
}

/** One that names the host that most of the broken edges touch; else one that names any. */
const bestOf = (followed: readonly Followed[], hosts: readonly string[]): Followed | undefined =>
  followed.find(({ lost }) => lost.host !== undefined && hosts.includes(lost.host)) ??
  followed.find(({ lost }) => lost.host !== undefined && hosts.length > 1) ??
  withHost(followed[0], hosts);

/** Most edges are a witness too, where the counters are none. */
const withHost = (one: Followed | undefined, hosts: readonly string[]): Followed | undefined => {
  const [only] = hosts.length === 1 ? hosts : [];
  return one && { ...one, lost: only === undefined ? one.lost : { ...one.lost, host: only } };
};

const everywhere = (edges: readonly ProbeSeen[], { probes }: TrafficSeen): boolean => {
  const from = new Set(probes.filter(one => one.to.host === undefined).map(one => one.from.host));
  const failing = new Set(edges.map(one => one.from.host));
  if (edges.every(one => one.to.what === 'upstream')) return isOfAll(edges, probes);
  return edges.every(one => one.to.host === undefined) && from.size > 1 && [...from].every(host => failing.has(host));
};

/** None of the pods that ask it is answered: then it is no host's affair. */
const isOfAll = (edges: readonly ProbeSeen[], probes: TrafficSeen['probes']): boolean =>
  edges.every(({ to }) =>
    probes
      .filter(one => one.to.what === 'upstream' && one.to.address === to.address)
      .every(one => edges.some(each => keyOf(each) === keyOf(one))),
  );

const simplest = (edges: readonly ProbeSeen[]): ProbeSeen | undefined =>
  edges.find(one => one.from.pod && one.kind === 'tcp') ?? edges.find(one => one.from.pod) ?? edges[0];

const variantOf = (edges: readonly ProbeSeen[]): keyof Facts =>
  edges.every(one => one.outcome === 'lossy')
    ? 'part'
    : edges.every(one => one.kind === 'large')
      ? 'large'
      : edges.some(one => one.to.what === 'pod')
        ? 'lost'
        : 'service';

const factOf = ({ from, to, kind, port, size, outcome, share }: ProbeSeen): EdgeFact => ({
  from: from.host,
  ...(from.pod && { pod: from.pod.address, pid: from.pod.pid }),
  ...(to.host !== undefined && { to: to.host }),
  what: to.what,
  ...(to.zone !== undefined && { zone: to.zone }),
  address: to.address,
  port,
  kind,
  ...(kind === 'large' && size !== undefined && { size: size + 28 }),
  outcome,
  ...(share && { share }),
});

/** Only where nothing but large packets is lost: a link between the pods' that is smaller than theirs. */
const narrowest = (chart: Chart, edges: readonly ProbeSeen[]): LostPackets['narrow'] => {
  if (variantOf(edges) !== 'large') return undefined;
  const size = Math.max(...edges.map(one => (one.size ?? 0) + 28));
  const small = [...new Set(edges.flatMap(endsOf))].flatMap(name => {
    const network = chart.hosts.get(name)?.network;
    const links = network && 'value' in network ? network.value.links : [];
    return links
      .filter(({ kind, up, mtu }) => up && kind !== 'loopback' && kind !== 'dummy' && mtu < size)
      .map(({ name: link, mtu }) => ({ host: name, link, mtu }));
  });
  const hosts = new Set(small.map(one => one.host));
  return hosts.size === 1 ? small[0] : undefined;
};

const notForwarding = (host: HostChart | undefined): readonly string[] =>
  host && 'value' in host.sysctls
    ? Object.entries(host.sysctls.value).flatMap(([key, value]) => {
        const link = /^net\.ipv4\.conf\.(.+)\.forwarding$/.exec(key)?.[1];
        return link !== undefined && link !== 'lo' && value === '0' ? [link] : [];
      })
    : [];

const followedIn = ({ probe, sent, hops, back }: Trace): NonNullable<LostPackets['followed']> => ({
  from: probe.from.host,
  sent,
  hops: [...hops, ...back],
});
