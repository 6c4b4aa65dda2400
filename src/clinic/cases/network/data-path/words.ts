/** The data path in sentences. */
import type { Hop, Outcome } from '../../../../facts/traffic/seen.js';
import type { EdgeFact, LostPackets } from './facts.js';

const outcomes: Readonly<Record<Outcome, string>> = {
  open: 'answered',
  refused: 'refused',
  timeout: 'no answer',
  'no-route': 'no route to it',
  'too-large': 'too large for a link on the way',
  'not-permitted': 'the sender’s own host does not let it out',
  impostor: 'refused, and not by the pod, whose kernel never saw it',
  lossy: 'a part of it gets lost',
  'no-name': 'the DNS server has no such name',
  'not-run': 'not measured',
};

export const edgeText = ({
  from,
  pod,
  to,
  what,
  zone,
  address,
  port,
  kind,
  size,
  outcome,
  share,
}: EdgeFact): string => {
  const sender = pod === undefined ? `${from} itself` : `pod ${pod} on ${from}`;
  const where = to === undefined ? '' : ` on ${to}`;
  const names = zone === '.' ? 'all other names' : zone;
  const receiver = {
    pod: `pod ${address}${where}`,
    api: `the API server${where}`,
    service: `Service ${address}`,
    resolver: `its own name server ${address}`,
    dns: `the DNS Service ${address}`,
    upstream: `name server ${address}, whom the cluster’s DNS is told to ask for ${names}`,
  }[what];
  const sort = {
    tcp: `TCP port ${port}`,
    udp: `UDP port ${port}`,
    large: `UDP, ${size ?? '?'} bytes`,
    name: 'a name asked for',
    connects: `TCP port ${port}, many at once`,
    outer: 'a name beyond the cluster',
    exchange: 'a request longer than a packet',
    names: 'a name asked for, many at once',
  }[kind];
  const counted = share ? `${share.lost} of ${share.sent} got lost at first` : outcomes[outcome];
  return `${sender} → ${receiver} (${sort}): ${counted}`;
};

export const hopText = ({ host, link, side, packets }: Hop): string =>
  `${packets} ${side === 'in' ? 'into' : 'out of'} ${link} on ${host}`;

const linkText = ({ host, link, side }: Hop): string => `${link} on ${host} (${side})`;

/** Where they end: the last link that carried them, the first that did not, and what threw them away meanwhile. */
export const whereText = (facts: LostPackets): string => {
  const { last, next, sent, onTheWayBack, narrow, risen, edge } = facts;
  if (narrow) return `${narrow.link} on ${narrow.host} carries ${narrow.mtu} bytes, and the packet has ${edge.size}`;
  const what = onTheWayBack ? 'the answers' : 'the packets';
  const links =
    last && next
      ? `${what} were last seen on ${linkText(last)}, and not on ${linkText(next)}: ${last.packets} and ` +
        `${next.packets} of ${sent}`
      : next
        ? `${what} were not even seen on ${linkText(next)}`
        : sent === undefined
          ? 'where on the way was not followed'
          : 'no link between them lost them';
  const [first] = risen;
  return first ? `${links}; meanwhile ${first.what} on ${first.host} rose by ${first.by}` : links;
};
