import { defineCase, type FoundOf, type Refusal, type Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { subnetsOf } from '../../../read/pod-networks.js';
import { at } from '../../../read/yaml.js';
import { type Copied, ownShare, shareOf } from './copied.js';
import { leftover } from '../../../therapies/leftover.js';
import { addressAt, type Cidr, networkOf, overlaps, parseIPv4Cidr, prefixOf } from '../../../../net/address.js';
import { type LinkName, parseLinkName } from '../../../../net/endpoint.js';
import type { Wants } from '../../../../resources/wants.js';
import { raw, sh } from '../../../../shell/sh.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

interface Stale {
  readonly link: string;
  readonly addresses: readonly string[];
  /** What the CNI configuration at `config` gives its `bridge`. */
  readonly wanted: Cidr;
  readonly bridge: string;
  readonly config: string;
  readonly subnet: Cidr;
}

type Facts = {
  'bridge-address': Stale;
  'other-bridge': Stale;
  /** `onBridge`: addresses of the bridge. */
  'conflist-copied': Copied & { readonly bridge: string; readonly onBridge: readonly Cidr[] };
};
type Finding = FoundOf<Facts>;
type StaleFinding = FoundOf<Pick<Facts, 'bridge-address' | 'other-bridge'>>;

const says = ({ host, facts: { link, addresses, config, bridge, wanted } }: StaleFinding): string =>
  `${link} on ${host} has ${addresses.join(', ')}, and ${config} gives ${bridge} ${wanted}`;

export default defineCase<Facts>({
  id: 'stale-cni',
  precedence: 290,
  title: 'The pods’ bridge and the CNI configuration of a host disagree',
  variants: {
    'bridge-address': {
      means: 'the pods’ bridge has an address of another network than the configuration gives it',
      says,
      shows: proof,
    },
    'other-bridge': {
      means: 'another link of an earlier cluster holds addresses of this host’s pod network',
      says,
      shows: proof,
    },
    'conflist-copied': {
      means: 'the CNI configuration is that of another host, and gives pods addresses of its share',
      says: ({ host, facts: { config, subnet, owner, own, by } }) =>
        `${config} on ${host} gives pods addresses of ${subnet}, which is the share of ${owner}; ` +
        `${by === 'node' ? `the Node ${host} has` : `the bridge of ${host} is in`} ${own}`,
      shows: ({ facts: { config, subnet, bridge, onBridge } }) => [
        quoted('files', config, `subnet ${subnet}`),
        quoted('network', `ip addr show ${bridge}`, onBridge.join(', ')),
      ],
    },
  },
  about: [{ who: 'cni', how: 'in-use' }],
  told: [
    ['old-cni', 'pods'],
    ['old-cni', 'cni'],
  ],
  symptoms: [
    { text: /"cni0" already has an IP address different from/ },
    { text: /failed to set bridge addr|(?:create|add) .{0,30}"?cni0"?: (?:file|device) (?:already )?exists/ },
    { text: /ip link (?:del|delete|set) (?:dev )?(?:cni0|flannel\.1)\b/ },
    { text: /\bContainerCreating\b|FailedCreatePodSandBox/ },
  ],
  explains: ['probe-misses-its-target', 'cidr-overlap/pods-hosts', 'data-path'],
  lab: true,
  spare: ['nodes'], // whose a share is; without them the bridge says it
  sources: [
    'kubernetes/kubernetes#39557',
    'kubernetes/kubernetes#57280',
    'k0sproject/k0s#823',
    'kubernetes/kubernetes#83950',
  ],
  badCures: [
    {
      cure: 'kubeadm reset',
      why: 'it leaves /etc/cni/net.d and the bridge as they are, and takes the node from the cluster',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(chart, host, evidence)));
  },

  therapy(finding, chart) {
    if (finding.variant === 'conflist-copied') return shareAgain(finding, chart);
    const {
      host,
      variant,
      facts: { link: seen, wanted },
    } = finding;
    const link = parseLinkName(seen);
    if (link === undefined)
      return {
        refused: `${seen} is not a name of a link that kw puts into a command`,
        advice: [sh`ip link del dev ${seen}`, 'restart the pods of this node'],
      };
    const place = { host, because: 'the pods’ bridge belongs to this cluster', stage: 'nodes' as const };
    const other = variant === 'other-bridge';
    const want = other ? linkGone(link) : addressGiven(link, wanted);
    return {
      title: other ? `Remove ${link}, which an earlier cluster left` : `Give ${link} the address ${wanted}`,
      risk: 'downtime',
      want: [leftover(`stale ${link}`, want, place)],
    };
  },

  verify: finding => [
    finding.variant === 'conflist-copied'
      ? {
          host: finding.host,
          command: 'grep subnet /etc/cni/net.d/*; kubectl get nodes -o custom-columns=N:.metadata.name,P:.spec.podCIDR',
          answer: finding.shows.map(one => one.text).join('\n'),
          healthy: 'the subnet is the podCIDR of this node, and nobody else’s',
        }
      : {
          host: finding.host,
          command: sh`ip -4 addr show dev ${finding.facts.link}; grep subnet /etc/cni/net.d/*`,
          answer: finding.shows.map(one => one.text).join('\n'),
          healthy: 'the bridge’s only address is the first one of the subnet',
        },
  ],
});

const shareAgain = (finding: FoundOf<Pick<Facts, 'conflist-copied'>>, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const { config, own } = finding.facts;
  const want = host ? ownShare(chart, host, finding.facts) : [];
  return want.length > 0
    ? { title: `Give ${config} on ${finding.host} its own share again, ${own}`, risk: 'none', want }
    : {
        refused: `the text of ${config} was not seen whole`,
        advice: [
          `write ${own} as its subnet; the bridge has the right address, and stays as it is`,
          'make the pods anew that got addresses of the other host meanwhile: kubectl delete pod, one after the other',
        ],
      };
};

const linkGone = (link: LinkName): Wants['cleanup'] => ({
  find: sh`ip -o link show dev ${link} 2>/dev/null || true`,
  remove: sh`ip link del dev ${link}`,
  risk: 'downtime',
  undo: { cannot: `${link} and what hung on it are gone; whoever made it makes it again` },
});

/** Addresses change, the bridge stays: running pods keep their place on it. */
const addressGiven = (link: LinkName, wanted: Cidr): Wants['cleanup'] => {
  const addresses = sh`ip -o -4 addr show dev ${link} 2>/dev/null | awk '{print $4}'`;
  const flush = sh`ip addr flush dev ${link} scope global`;
  return {
    find: sh`${raw(addresses)} | grep -vxF ${wanted} || true`,
    remove: sh`${raw(flush)} && ip addr add ${wanted} dev ${link} && ip link set dev ${link} up`,
    risk: 'downtime',
    undo: {
      keep: addresses,
      back: sh`${raw(flush)}; while read -r a; do ip addr add "$a" dev ${link} || exit 1; done`,
    },
  };
};

/** First address of the subnet with its length, as the bridge plugin sets it. */
const gatewayOf = (subnet: Cidr): Cidr | undefined => parseIPv4Cidr(`${addressAt(subnet, 1)}/${prefixOf(subnet)}`);

function findings(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly Finding[] {
  evidence.read(host.files);
  evidence.read(host.processes);
  evidence.read(host.identity);
  const network = evidence.read(host.network);
  const [config] = cniConfigs(host);
  const plugin = config?.plugins.find(one => at(one, 'type') === 'bridge' && at(one, 'isGateway') === true);
  const [subnet] = config ? subnetsOf(config) : [];
  const wanted = subnet && gatewayOf(subnet);
  if (!network || !config || !plugin || !wanted) return [];
  const bridge = String(at(plugin, 'bridge') ?? 'cni0');
  const seen = network.addresses
    .filter(one => !one.address.startsWith('169.254.'))
    .flatMap(one => {
      const cidr = parseIPv4Cidr(`${one.address}/${one.prefix}`);
      return cidr ? [{ link: one.link, cidr }] : [];
    });
  const bridges = new Set(
    network.links.filter(link => link.kind === 'bridge' && link.name !== bridge).map(link => link.name),
  );
  // Only bridges: an overlay's own /32 lies in the pod network by right.
  const others = seen.filter(one => bridges.has(one.link) && overlaps(one.cidr, subnet));
  const make = (variant: StaleFinding['variant'], link: string, among: typeof seen): StaleFinding => {
    const addresses = among.filter(one => one.link === link).map(one => one.cidr);
    return {
      variant,
      host: host.name,
      subject: { link },
      facts: { link, addresses, wanted, bridge, config: config.path, subnet },
    };
  };
  const onBridge = seen.filter(one => one.link === bridge);
  const share = shareOf(
    chart,
    host,
    networkOf(subnet),
    onBridge.map(one => networkOf(one.cidr)),
    evidence,
  );
  if (share === 'not-told') {
    evidence.note(host.name, config.path, `another host has ${subnet} too, and whose share it is nobody says`);
    return [];
  }
  if (share !== 'own')
    return [
      {
        variant: 'conflist-copied',
        host: host.name,
        subject: { path: config.path },
        facts: { config: config.path, bridge, onBridge: onBridge.map(one => one.cidr), ...share },
      },
    ];
  const wrong = onBridge.filter(one => one.cidr !== wanted);
  return [
    ...(wrong.length > 0 ? [make('bridge-address', bridge, wrong)] : []),
    ...[...new Set(others.map(one => one.link))].map(link => make('other-bridge', link, others)),
  ];
}

function proof({ facts }: Found<Facts['bridge-address' | 'other-bridge']>): readonly Quote[] {
  return [
    quoted('network', `ip addr show ${facts.link}`, facts.addresses.join(', ')),
    quoted('files', facts.config, `subnet ${facts.subnet}`),
  ];
}
