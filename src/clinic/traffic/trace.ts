/** From counters before and after many packets: at which links of their way they were seen. */
import type { Counters, LinkCounter } from '../../facts/traffic/counters.js';
import type { Hop, PodEnd, Probe, Risen, Trace } from '../../facts/traffic/seen.js';

export interface Counted {
  readonly host: string;
  /** The host's own address. */
  readonly address: string;
  readonly before: Counters;
  readonly after: Counters;
}

export const traceOf = (probe: Probe, sent: number, source: Counted, target: Counted | undefined): Trace => {
  const ends = target && target.host !== source.host ? [source, target] : [source];
  const arrived = probe.to.pod && target ? refusedBy(target, probe.to.pod, probe.kind) : undefined;
  return {
    probe,
    sent,
    hops: telling(probe, wayOf(probe, source, target)),
    // Of datagrams the kernel answers only some with a refusal: their way back is not counted.
    back: probe.kind === 'tcp' && target ? telling(probe, backOf(probe, source, target)) : [],
    ...(arrived !== undefined && { arrived }),
    risen: ends.flatMap(one => risenOn(one, missed(probe, sent, arrived))),
    silent: ends.flatMap(({ host, after }) => after.silent.map(rule => ({ host, rule }))),
  };
};

/** A hundred connects are no more than what hosts say to each other: below an overlay they tell nothing. */
const telling = ({ kind }: Probe, hops: readonly Hop[]): readonly Hop[] =>
  kind === 'tcp' ? hops.filter(one => !one.below) : hops;

/** How far a counter must rise to tell of what got lost. A refusal counts from a third on: TCP tries twice. */
const missed = ({ kind }: Probe, sent: number, arrived: number | undefined): number =>
  (kind === 'connects' || kind === 'names') && arrived !== undefined
    ? Math.max(sent * 0.02, (sent - arrived) / 2)
    : sent / 3;

const refusedBy = ({ before, after }: Counted, { pid }: PodEnd, kind: Probe['kind']): number | undefined => {
  const counter = kind === 'tcp' ? ('resets' as const) : ('unserved' as const);
  const [was, is] = [before[counter].get(pid), after[counter].get(pid)];
  return was === undefined || is === undefined ? undefined : is - was;
};

type Side = Hop['side'];

/** Every link from the sender's to the receiver's, in the order in which a packet passes them. */
const wayOf = (probe: Probe, source: Counted, target: Counted | undefined): readonly Hop[] => {
  const { from, to } = probe;
  const inside = target !== undefined && source.host === target.host;
  return [
    ...(from.pod ? outOfPod(source, from.pod, inside && to.pod ? to.pod : undefined) : []),
    ...(inside ? [] : away(source, to.address, target?.address)),
    ...(target && !inside ? near(target, source.address, from.pod?.address ?? source.address) : []),
    ...(target && to.pod ? intoPod(target, to.pod, inside ? from.pod : undefined) : []),
  ];
};

const backOf = ({ from, to }: Probe, source: Counted, target: Counted): readonly Hop[] =>
  to.pod
    ? wayOf(
        {
          from: { host: target.host, pod: to.pod },
          to: {
            host: source.host,
            ...(from.pod && { pod: from.pod }),
            what: 'pod',
            address: from.pod?.address ?? source.address,
          },
          kind: 'tcp',
          port: 0,
        },
        target,
        source,
      )
    : [];

const hop = ({ host, before, after }: Counted, link: string | undefined, side: Side): readonly Hop[] => {
  const found = link === undefined ? undefined : delta(before.links.get(link), after.links.get(link), side);
  return link === undefined || found === undefined ? [] : [{ host, link, side, packets: found }];
};

const podHop = ({ host, before, after }: Counted, pod: PodEnd, side: Side): readonly Hop[] => {
  const packets = delta(before.pods.get(pod.pid)?.get(pod.link), after.pods.get(pod.pid)?.get(pod.link), side);
  return packets === undefined ? [] : [{ host, link: `${pod.link} of ${pod.address}`, side, packets, inPod: true }];
};

const delta = (was: LinkCounter | undefined, is: LinkCounter | undefined, side: Side): number | undefined =>
  was && is ? is[side] - was[side] : undefined;

/** The host's end of a pod's link, and the bridge in which it is. */
const linkOf = ({ after }: Counted, pod: PodEnd) => (pod.peer === undefined ? undefined : after.names.get(pod.peer));

const outOfPod = (at: Counted, pod: PodEnd, neighbour: PodEnd | undefined): readonly Hop[] => {
  const link = linkOf(at, pod);
  const bridged = neighbour && linkOf(at, neighbour)?.master === link?.master;
  return [...podHop(at, pod, 'out'), ...hop(at, link?.name, 'in'), ...(bridged ? [] : hop(at, link?.master, 'in'))];
};

const intoPod = (at: Counted, pod: PodEnd, neighbour: PodEnd | undefined): readonly Hop[] => {
  const link = linkOf(at, pod);
  const bridged = neighbour && linkOf(at, neighbour)?.master === link?.master;
  return [...(bridged ? [] : hop(at, link?.master, 'out')), ...hop(at, link?.name, 'out'), ...podHop(at, pod, 'in')];
};

/** Out of a host: by the link of its route, and below an overlay by the link to the other host. */
const away = (at: Counted, to: string, host: string | undefined): readonly Hop[] => {
  const [link, below] = [at.after.routes.get(to), host === undefined ? undefined : at.after.routes.get(host)];
  return [...hop(at, link, 'out'), ...(below === link ? [] : under(hop(at, below, 'out')))];
};

const near = (at: Counted, host: string, from: string): readonly Hop[] => {
  const [link, below] = [at.after.routes.get(from), at.after.routes.get(host)];
  return [...(below === link ? [] : under(hop(at, below, 'in'))), ...hop(at, link, 'in')];
};

const under = (hops: readonly Hop[]): readonly Hop[] => hops.map(one => ({ ...one, below: true }));

/** What threw away about as many as got lost. */
const risenOn = ({ host, before, after }: Counted, least: number): readonly Risen[] => {
  const rules = [...after.drops].flatMap(([key, count]): readonly Risen[] => {
    const by = count - (before.drops.get(key) ?? 0);
    const [, source, what = ''] = /^(rule|queue|kernel) (.*)$/s.exec(key) ?? [];
    return by >= least ? [{ host, by, source: source as Risen['source'], what }] : [];
  });
  const links = [...after.links].flatMap(([link, { lost }]): readonly Risen[] => {
    const by = lost - (before.links.get(link)?.lost ?? lost);
    return by >= least ? [{ host, by, source: 'link', what: `${link} dropped packets` }] : [];
  });
  return [...rules, ...links].sort((a, b) => b.by - a.by);
};
