/** Which of the packets that were sent did not do what they must: edges of the data path that are broken. */
import type { Probe, ProbeSeen, Trace } from '../../facts/traffic/seen.js';

export const isBroken = (seen: ProbeSeen, all: readonly ProbeSeen[]): boolean => {
  if (seen.to.what === 'upstream') return isSilent(seen) && !all.some(one => isPeer(one, seen) && !isSilent(one));
  if (seen.kind === 'outer' && seen.outcome !== 'open' && seen.outcome !== 'not-run') return resolvedElsewhere(all);
  switch (seen.outcome) {
    case 'open':
    case 'not-run':
      return false;
    case 'refused':
      return ofTheHost(seen) && seen.kind === 'tcp' ? answeredElsewhere(seen, all) : refusedWrongly(seen, all);
    case 'lossy':
      return true;
    default:
      return ofTheHost(seen) ? answeredElsewhere(seen, all) : true;
  }
};

/** Whatever it says of a name that is nobody's (also that it does not answer such), it is there. */
const isSilent = ({ outcome }: ProbeSeen): boolean => !['open', 'no-name', 'not-run'].includes(outcome);

/** Of several that are asked for the same names one is enough. */
const isPeer = (one: ProbeSeen, { to, from }: ProbeSeen): boolean =>
  one.to.what === 'upstream' && one.to.zone === to.zone && one.from.host === from.host;

/** Many clusters reach no name server beyond themselves, and are whole: it must answer one of the hosts. */
const resolvedElsewhere = (all: readonly ProbeSeen[]): boolean =>
  all.some(one => one.to.what === 'resolver' && one.outcome === 'open');

/** What only some networks give a host itself, or what a server owes: broken only if others get through. */
const ofTheHost = ({ from, to, kind }: ProbeSeen): boolean =>
  kind === 'exchange' ||
  (kind === 'connects' && to.what === 'api') ||
  (to.what === 'service' && (from.pod === undefined || to.of === 'workload'));

const answeredElsewhere = (seen: ProbeSeen, all: readonly ProbeSeen[]): boolean =>
  all.some(
    one =>
      one.outcome === 'open' && one.kind === seen.kind && one.to.address === seen.to.address && one.port === seen.port,
  );

/**
 * A port that nobody serves is refused by the kernel behind it: the packet has arrived. Of a Service it is kube-proxy's
 * word that nobody stands behind it: wrong only while the API servers themselves answer.
 */
const refusedWrongly = ({ to, from }: ProbeSeen, all: readonly ProbeSeen[]): boolean =>
  to.what === 'dns' ||
  (to.what === 'service' &&
    all.some(one => one.to.what === 'api' && one.outcome === 'open' && one.from.host === from.host));

/** Where datagrams arrive and only the kernel's answer gets lost (ICMP is filtered), the edge carries its packets. */
export const arrivesAnyway = ({ probe, sent, arrived }: Trace): boolean =>
  !['tcp', 'connects', 'names'].includes(probe.kind) && arrived !== undefined && arrived >= sent * 0.7;

export const keyOf = ({ from, to, kind, port }: Probe): string =>
  `${from.host} ${from.pod?.address ?? ''} ${to.address} ${kind} ${port}`;

/** Hosts that an edge touches. */
export const endsOf = ({ from, to }: Probe): readonly string[] => [
  ...new Set([from.host, ...(to.host === undefined ? [] : [to.host])]),
];

/**
 * The hosts by which most broken edges are explained, one after the other: each is the one that most of what is left
 * touches. Of two that touch equally many, both: packets alone cannot tell them apart.
 */
export const suspects = (broken: readonly Probe[]): readonly (readonly string[])[] => {
  const found: (readonly string[])[] = [];
  let left = broken;
  while (left.length > 0) {
    const counts = new Map<string, number>();
    for (const edge of left) for (const host of endsOf(edge)) counts.set(host, (counts.get(host) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const hosts = [...counts].filter(([, many]) => many === most).map(([host]) => host);
    found.push(hosts);
    left = left.filter(edge => !endsOf(edge).some(host => hosts.includes(host)));
  }
  return found;
};
