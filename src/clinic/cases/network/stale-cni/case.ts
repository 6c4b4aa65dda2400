import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { nodesOf } from '../../../read/hosts.js';
import { subnetsOf } from '../../../read/pod-networks.js';
import { shown } from '../../../read/shown.js';
import { at } from '../../../read/yaml.js';
import { leftover } from '../../../therapies/leftover.js';
import type { Finding } from '../../../examine/verdict.js';
import { sh } from '../../../../shell/sh.js';
import { formatAddress, overlap, parseCidr } from '../../../../spec/ipv4.js';

export default defineCase({
  id: 'stale-cni',
  precedence: 290,
  title: 'The bridge of an earlier cluster is still there',
  variants: {
    'bridge-address': 'the pods’ bridge has an address of another network than the configuration gives it',
    'other-bridge': 'another link of an earlier cluster holds addresses of this host’s pod network',
  },
  symptoms: [
    { text: /"cni0" already has an IP address different from/ },
    { text: /failed to set bridge addr/ },
    { text: /\bContainerCreating\b|FailedCreatePodSandBox/ },
  ],
  explains: ['probe-misses-its-target', 'cidr-overlap/pods-hosts'],
  lab: true,
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
    const eyes = openEyes();
    return eyes.verdict(nodesOf(chart).flatMap(host => findings(host, eyes)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const wanted = host && expected(host);
    if (!host || !wanted)
      return {
        refused: 'the CNI configuration no longer says which address the bridge should have',
        advice: [`ip link del ${finding.subject}`, 'restart the pods of this node'],
      };
    const link = finding.subject;
    const place = { host: finding.host, because: 'the pods’ bridge belongs to this cluster', stage: 'nodes' as const };
    const shows = sh`ip -o -4 addr show dev ${link} 2>/dev/null`;
    const others =
      finding.variant === 'other-bridge'
        ? sh`ip -o link show ${link} 2>/dev/null`
        : `${shows} | awk '{print $4}' | grep -vxF ${sh`${wanted}`}`;
    // Addresses change, the bridge stays: running pods keep their place on it.
    const remove =
      finding.variant === 'other-bridge'
        ? sh`ip link del ${link}`
        : sh`ip addr flush dev ${link} scope global && ip addr add ${wanted} dev ${link} && ip link set ${link} up`;
    const undo =
      finding.variant === 'other-bridge'
        ? ({ cannot: `${link} and what hung on it are gone; whoever made it makes it again` } as const)
        : {
            keep: `${shows} | awk '{print $4}'`,
            back: sh`ip addr flush dev ${link} scope global; while read -r a; do ip addr add "$a" dev ${link} || exit 1; done`,
          };
    return {
      title:
        finding.variant === 'other-bridge'
          ? `Remove ${link}, which an earlier cluster left`
          : `Give ${link} the address ${wanted}`,
      risk: 'downtime',
      want: [leftover(`stale ${link}`, { look: `${others} || true`, remove, risk: 'downtime', undo }, place)],
    };
  },

  teach: finding => [
    {
      host: finding.host,
      command: `ip -4 addr show ${finding.subject}; grep subnet /etc/cni/net.d/*`,
      answer: finding.shows.map(one => one.text).join('\n'),
      healthy: 'the bridge’s only address is the first one of the subnet',
    },
  ],
});

/** First address of the subnet with its length, as the bridge plugin sets it. */
const expected = (host: HostChart): string | undefined => {
  const subnet = cniConfigs(host)[0];
  const cidr = parseCidr((subnet && subnetsOf(subnet)[0]) ?? '');
  return cidr ? `${formatAddress(cidr.first + 1)}/${cidr.prefix}` : undefined;
};

function findings(host: HostChart, eyes: Eyes): readonly Finding[] {
  eyes.see(host.files);
  const network = eyes.see(host.network);
  const config = cniConfigs(host)[0];
  const plugin = config?.plugins.find(one => at(one, 'type') === 'bridge' && at(one, 'isGateway') === true);
  const [wanted, subnet] = [expected(host), parseCidr((config && subnetsOf(config)[0]) ?? '')];
  if (!network || !config || !plugin || wanted === undefined || !subnet) return [];
  const bridge = String(at(plugin, 'bridge') ?? 'cni0');
  const texts = network.addresses
    .filter(one => !one.address.includes(':') && !one.address.startsWith('169.254.'))
    .map(one => ({ link: one.link, text: `${one.address}/${one.prefix}` }));
  const wrong = texts.filter(one => one.link === bridge && one.text !== wanted);
  const bridges = new Set(
    network.links.filter(link => link.kind === 'bridge' && link.name !== bridge).map(link => link.name),
  );
  // Only bridges: an overlay's own /32 lies in the pod network by right.
  const others = texts.filter(
    one => bridges.has(one.link) && overlap(parseCidr(one.text) ?? { first: 1, last: 0, text: '', prefix: 0 }, subnet),
  );
  const make = (variant: string, link: string, text: string): Finding => ({
    variant,
    host: host.name,
    subject: link,
    says: `${link} on ${host.name} has ${text}, and ${config.path} gives ${bridge} ${wanted}`,
    shows: [shown(host.network, `ip addr show ${link}`, text), shown(host.files, config.path, `subnet ${subnet.text}`)],
  });
  return [
    ...(wrong.length > 0 ? [make('bridge-address', bridge, wrong.map(one => one.text).join(', '))] : []),
    ...[...new Set(others.map(one => one.link))].map(link =>
      make(
        'other-bridge',
        link,
        others
          .filter(one => one.link === link)
          .map(one => one.text)
          .join(', '),
      ),
    ),
  ];
}
