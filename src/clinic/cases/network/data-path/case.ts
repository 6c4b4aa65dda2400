import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf, type Check, type Refusal } from '../../../case.js';
import { notApplicable } from '../../../examine/verdict.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { clusterHost } from '../../../../model/resource.js';
import { serviceSilent } from '../../../symptoms.js';
import type { Facts } from './facts.js';
import { findingsOf } from './found.js';
import { edgeText, hopText, whereText } from './words.js';
import { type Quote, quotedTraffic } from '../../../read/quote.js';

const counted = ({ facts }: FoundOf<Facts>): string =>
  `${facts.broken} of ${facts.measured} measured edges of the data path are broken`;

const says = (finding: FoundOf<Facts>): string => {
  const { host, facts } = finding;
  const others = facts.others.length > 0 ? ` (or ${facts.others.join(', ')}: the counters do not tell them apart)` : '';
  return `${host}${others}: ${edgeText(facts.edge)}; ${whereText(facts)}; ${counted(finding)}`;
};

const shows = ({ facts: { probes, followed } }: FoundOf<Facts>): readonly Quote[] => [
  ...probes.map(one => quotedTraffic(one.from, 'probe', edgeText(one))),
  ...(followed
    ? [
        quotedTraffic(
          followed.from,
          'counters of links',
          `of ${followed.sent} sent: ${followed.hops.map(hopText).join('; ')}`,
        ),
      ]
    : []),
];

export default defineCase<Facts>({
  id: 'data-path',
  // After every case that knows a cause: then the edges are its proof.
  precedence: 950,
  title: 'Packets get lost between pods, or on their way to Services and the API',
  variants: {
    lost: { means: 'packets from or to pods of a host do not arrive, or their answers do not', says, shows },
    large: { means: 'small packets between pods arrive, and full-size ones do not', says, shows },
    service: { means: 'pods reach each other, and not a Service or the API', says, shows },
    part: { means: 'a part of the packets from or to pods of a host gets lost', says, shows },
  },
  about: [
    { who: 'pod', whom: 'pod', how: 'timed-out' },
    { whom: 'service', how: 'timed-out' },
    { whom: 'service', how: 'no-route' },
    { whom: 'address', how: 'no-route' },
    { who: 'pod', whom: 'service', how: 'timed-out' },
    { whom: 'dns', how: 'timed-out' },
    { whom: 'outside-host', how: 'name-unknown' },
  ],
  symptoms: [{ text: serviceSilent }],
  explains: [],
  lab: true,
  sources: ['measured by kw: pods’ network namespaces, counters of links, rules and queues'],

  diagnose(chart) {
    const { traffic } = chart;
    if (!traffic) return notApplicable('packets are sent only where hosts are asked over ssh');
    if (traffic.off) return notApplicable('--read-only: no packet was sent, so that traffic was not measured');
    const evidence = readEvidence();
    for (const { host, why, cannot } of traffic.unmeasured)
      if (cannot) evidence.note(host, 'the data path of its pods', why);
    return evidence.verdict(findingsOf(chart, traffic), {
      says: `${traffic.probes.length} probes of the data path, in ${traffic.seconds.toFixed(1)} s: all as they must be`,
    });
  },

  therapy: refusal,
  verify: checks,
});

function refusal({ host, facts }: FoundOf<Facts>): Refusal {
  const { risen, silent, notForwarding, narrow, edge } = facts;
  const rules = risen.filter(one => one.source === 'rule').map(one => `${one.host}: ${one.what}`);
  const queues = risen.filter(one => one.source === 'queue').map(one => `${one.host}: ${one.what}`);
  const there = host === clusterHost ? edge.from : host;
  return {
    refused:
      edge.what === 'upstream'
        ? 'the name server is not of the cluster: whether it answers, and whom DNS is to ask, is yours to say'
        : `no known illness explains it: where packets end is known, and not who wants it so on ${there}`,
    advice: [
      ...(narrow
        ? [`give ${narrow.link} on ${narrow.host} the MTU of the pods’ links, or the pods a smaller one`]
        : []),
      ...(rules.length > 0 ? [`find who made this rule, and take it out there: ${rules.join('; ')}`] : []),
      ...(queues.length > 0 ? [`a queue drops: tc qdisc show; tc qdisc del dev LINK root: ${queues.join('; ')}`] : []),
      ...(notForwarding.length > 0
        ? [`forwarding is off on ${notForwarding.join(', ')}: sysctl net.ipv4.conf.LINK.forwarding=1`]
        : []),
      ...(silent.length > 0 ? [`rules that drop and do not count: ${silent.join('; ')}`] : []),
      ...(edge.what === 'upstream'
        ? [
            `kubectl -n kube-system edit configmap coredns: forward ${edge.zone ?? '.'} to a name server that ` +
              `answers, or let ${edge.address} be reached from where the pods of DNS run`,
          ]
        : []),
      `on ${there}: nft list ruleset; iptables-save; tc -s qdisc; sysctl -a | grep -E "forwarding|rp_filter"; ` +
        'conntrack -S',
      'then kw doctor: the same packets are sent again',
    ],
  };
}

function checks({ facts: { edge } }: FoundOf<Facts>): readonly Check[] {
  const { pid, address, port, kind } = edge;
  const dial = sh`exec 3<>/dev/tcp/${address}/${port}`;
  const tcp = pid === undefined ? sh`timeout 3 bash -c ${dial}` : sh`nsenter -t ${pid} -n timeout 3 bash -c ${dial}`;
  const ping = sh`ping -c 3 -M do -s ${Math.max(0, (edge.size ?? 1028) - 28)} ${address}`;
  const large = pid === undefined ? ping : sh`nsenter -t ${pid} -n ${ping.split(' ')}`;
  return [
    {
      host: edge.from,
      command: kind === 'tcp' ? tcp : large,
      answer: edgeText(edge),
      healthy:
        edge.what === 'pod' ? 'an answer at once, also “Connection refused”: the packet has arrived' : 'an answer',
    },
  ];
}
