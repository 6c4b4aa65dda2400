import { defineCase } from '../../../case.js';
import { pattern } from '../../../../model/pattern.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { serviceSilent } from '../../../symptoms.js';
import type { Found } from '../../../examine/verdict.js';
import {
  type Cidr,
  contains,
  isIPv4,
  networkOf,
  overlaps,
  parseIPv4Cidr,
  parseNetwork,
} from '../../../../net/address.js';
import { agreed, type Disagreement, disagreements, saysDisagreement, showsDisagreement } from './disagree.js';
import { proxyNetworks } from './proxy.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';

/** A network that pods or services were given, and another that has addresses of it. */
interface Overlap {
  readonly claimed: Cidr;
  /** The host on which it was read. */
  readonly claimedOn: string;
  readonly other: Cidr;
  readonly otherOn: string;
}

type Facts = {
  'pods-services': Overlap;
  'pods-hosts': Overlap;
  'services-hosts': Overlap;
  'pods-differ': Disagreement;
  'services-differ': Disagreement;
};

const saysAgainst =
  (whose: string) =>
  ({ facts }: Found<Overlap>) =>
    `${facts.claimed} belongs to ${whose} (${facts.claimedOn}), but ${facts.otherOn} has ${facts.other} ` +
    'on its own side';

export default defineCase<Facts>({
  id: 'cidr-overlap',
  precedence: 510,
  title: 'Networks of pods, services and hosts overlap, or components disagree on them',
  variants: {
    'pods-services': {
      means: 'the pod network and the service network share addresses',
      says: ({ facts }) =>
        `pods get addresses of ${facts.claimed} (${facts.claimedOn}), but ${facts.other} (${facts.otherOn}) ` +
        'belongs to services',
      shows: ({ facts }) => [claimedBy(facts), quotedOn(facts.otherOn, 'processes', facts.otherOn, facts.other)],
    },
    'pods-hosts': {
      means: 'the pod network covers a network in which hosts live or to which they have a route',
      says: saysAgainst('pods'),
      shows: proof,
    },
    'services-hosts': {
      means: 'the service network covers a network in which hosts live or to which they have a route',
      says: saysAgainst('services'),
      shows: proof,
    },
    'pods-differ': {
      means: 'controller manager, kube-proxy and CNI are told different pod networks',
      says: finding => saysDisagreement('pods', finding),
      shows: showsDisagreement,
    },
    'services-differ': {
      means: 'API servers and controller managers are told different service networks',
      says: finding => saysDisagreement('services', finding),
      shows: showsDisagreement,
    },
  },
  told: [
    ['cidr', 'same-network', 'outside-network'],
    ['cidr', 'same-network'],
  ],
  symptoms: [
    { text: /dial tcp \S+: i\/o timeout/, benign: 'a server that is just starting' },
    {
      text: pattern(
        /overlaps with|\boverlaps? (?:the )?(?:host|node|service|pod)\w* (?:subnet|network|range)/i,
        /|CIDR .{0,40}(?:overlap|conflict)/,
      ),
    },
    { text: /\b(?:both|same|collid\w*|clash\w*)\b.{0,60}\b\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}/i },
    { text: serviceSilent },
  ],
  explains: ['pod-traffic-dropped', 'data-path'],
  lab: true,
  sources: [
    'projectcalico/calico#2638',
    'projectcalico/calico#2720',
    'projectcalico/calico#2140',
    'projectcalico/calico#8767',
  ],
  badCures: [
    {
      cure: 'a host route past the overlap on the one host that complains',
      why: 'every other host, and every pod with such an address, still goes wrong',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const hosts = hostsOf(chart);
    const cluster = new Set(hosts.map(host => host.address));
    for (const host of hosts) {
      evidence.read(host.processes);
      evidence.read(host.files);
      evidence.read(host.network);
    }
    const pods = claims(hosts, host => podsOf(host));
    const services = claims(
      hosts,
      host =>
        flagsOf(host, 'kube-apiserver').inForce?.all('service-cluster-ip-range') ??
        flagsOf(host, 'kube-controller-manager').inForce?.all('service-cluster-ip-range') ??
        [],
    );
    return evidence.verdict([
      ...pods.flatMap(one =>
        services
          .filter(other => overlaps(one.cidr, other.cidr))
          .map(other => ({
            variant: 'pods-services' as const,
            host: 'cluster',
            subject: { pods: one.cidr, services: other.cidr },
            facts: { claimed: one.cidr, claimedOn: one.host.name, other: other.cidr, otherOn: other.host.name },
          })),
      ),
      ...disagreements(chart, evidence),
      ...hosts.flatMap(host => [
        ...against('pods-hosts', pods, host, cluster),
        ...against('services-hosts', services, host, cluster),
      ]),
    ]);
  },

  therapy: (finding, chart) =>
    finding.variant === 'pods-differ' || finding.variant === 'services-differ'
      ? agreed(finding, chart)
      : {
          refused: 'moving a network gives every pod, service or host another address: it is planned, not healed',
          advice: [
            'a route or interface that is merely left over: ip route del / ip address del, and out of the host’s ' +
              'network configuration',
            'another network for the hosts’ part, where it is young (a VPN, a bridge of docker: bip in daemon.json)',
            'pods: a second pool beside the first (Calico: a new IPPool, the old one disabled), then drain node ' +
              'after node',
            `services: a new cluster beside this one is the shorter way; ${finding.facts.claimed} ` +
              `${finding.facts.other} shows what must not meet`,
          ],
        },

  verify: finding => [
    {
      host: finding.host,
      command:
        'ip -4 address; ip -4 route; ps -eo args | grep -oE -- "--(cluster-cidr|service-cluster-ip-range)=[^ ]*"',
      answer: finding.shows.map(one => one.text).join(' / '),
      healthy: 'three networks that share no address',
    },
  ],
});

interface Claim {
  readonly cidr: Cidr;
  readonly host: HostChart;
}

const claims = (hosts: readonly HostChart[], of: (host: HostChart) => readonly string[]): readonly Claim[] => {
  const all = new Map<string, Claim>();
  for (const host of hosts)
    for (const cidr of of(host).map(parseIPv4Cidr)) if (cidr && !all.has(cidr)) all.set(cidr, { cidr, host });
  return [...all.values()];
};

const claimedBy = (facts: Overlap): Quote => quotedOn(facts.claimedOn, 'processes', facts.claimedOn, facts.claimed);

function proof({ facts }: Found<Overlap>): readonly Quote[] {
  return [quoted('network', 'addresses and routes', facts.other), claimedBy(facts)];
}

const podsOf = (host: HostChart): readonly string[] => {
  const given = flagsOf(host, 'kube-controller-manager').inForce?.all('cluster-cidr') ?? [];
  return [...new Set([...given, ...proxyNetworks(host)])];
};

/** Links of the pod network itself, and those that hold service addresses (IPVS). */
const ownLinks = /^(lo|cni|kw\.|flannel|cali|tunl|vxlan\.|cilium|lxc|veth|weave|kube-|nodelocaldns|docker_gwbridge)/;

/** Links that software makes; a switch may also hold the host's own address, and leads to others then. */
const made = /^(?:vxlan|ipip|tun|geneve|wireguard|dummy|openvswitch)$/;

/**
 * What a host reaches beside the cluster's own networks. A route to a share of the pods by way of a host of the cluster
 * is the pod network; one to exactly the network of the Services is theirs: without a default route a host cannot begin
 * to send to them, and with several links the page of kubeadm asks for it.
 */
const theirs = (
  host: HostChart,
  cluster: ReadonlySet<string>,
  claimed: { readonly cidr: Cidr; readonly of: 'pods' | 'services' },
): readonly Cidr[] => {
  if (!('value' in host.network)) return [];
  const { addresses, routes, links } = host.network.value;
  const uplinks = new Set(addresses.filter(one => one.address === host.address).map(one => one.link));
  const virtual = new Set(
    links
      .filter(({ name, kind }) => kind !== undefined && made.test(kind) && !uplinks.has(name))
      .map(({ name }) => name),
  );
  const own = (link: string | undefined): boolean => link !== undefined && (ownLinks.test(link) || virtual.has(link));
  const onLinks = addresses.filter(one => !own(one.link)).map(one => parseIPv4Cidr(`${one.address}/${one.prefix}`));
  const routed = routes
    .filter(one => (one.link ?? one.via) !== undefined && !one.to.startsWith('0.0.0.0') && !own(one.link))
    .map(one => {
      const to = parseNetwork(one.to);
      // An address of the link alone is nobody's: whoever routes to it answers on this host (OVN-Kubernetes' services).
      if (one.via?.startsWith('169.254.')) return undefined;
      const podShare = to && one.via !== undefined && cluster.has(one.via) && contains(claimed.cidr, to);
      return podShare || (claimed.of === 'services' && to === claimed.cidr) ? undefined : to;
    });
  return [...onLinks, ...routed]
    .filter(one => one !== undefined)
    .filter(isIPv4)
    .map(networkOf);
};

const against = (
  variant: 'pods-hosts' | 'services-hosts',
  claimed: readonly Claim[],
  host: HostChart,
  cluster: ReadonlySet<string>,
): readonly Found<Overlap, typeof variant>[] =>
  claimed.flatMap(claim =>
    [...new Set(theirs(host, cluster, { cidr: claim.cidr, of: variant === 'services-hosts' ? 'services' : 'pods' }))]
      .filter(net => overlaps(net, claim.cidr))
      .map(net => ({
        variant,
        host: host.name,
        subject: { claimed: claim.cidr, other: net },
        facts: { claimed: claim.cidr, claimedOn: claim.host.name, other: net, otherOn: host.name },
      })),
  );
