import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, PodLinksSeen } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { type Place, textFile } from '../../../therapies/files.js';
import { command } from '../../../therapies/leftover.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import type { Wants } from '../../../../resources/wants.js';
import { type Script, sh } from '../../../../shell/sh.js';
import { pattern } from '../../../../model/pattern.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

interface Taken {
  /** Links of pods that the manager configures, with its own word for how far it is. */
  readonly links: readonly { readonly link: string; readonly state: string }[];
  readonly by: 'systemd-networkd' | 'NetworkManager';
}

type Facts = {
  readonly networkd: Taken;
  readonly 'network-manager': Taken;
};

const says = (manager: string, host: string, { links }: Taken): string =>
  `${manager} on ${host} has taken ${links.length} ${links.length === 1 ? 'link' : 'links'} of the pod network for ` +
  `its own (${links
    .slice(0, 3)
    .map(({ link, state }) => `${link}: ${state}`)
    .join(', ')}): addresses and routes that the pod network laid there go`;

export default defineCase<Facts>({
  id: 'links-taken-over',
  precedence: 150,
  title: 'A network manager of the host has taken the links of the pod network',
  variants: {
    networkd: {
      means: 'systemd-networkd configures links of the pod network',
      says: ({ host, facts }) => says('systemd-networkd', host, facts),
      shows: proof,
    },
    'network-manager': {
      means: 'NetworkManager configures links of the pod network',
      says: ({ host, facts }) => says('NetworkManager', host, facts),
      shows: proof,
    },
  },
  about: [{ how: 'taken-over' }, { who: 'cni', how: 'taken-over' }, { who: 'host', how: 'taken-over' }],
  told: [['network-manager', 'pod-links', 'left-links']],
  symptoms: [
    { text: /\b(?:cali|lxc|veth|cni|flannel\.)\w*: (?:connecting|connected) .{0,30}(?:getting IP|to )/ },
    { text: /systemd-networkd\S*: (?:cali|lxc|veth|cni|flannel|cilium)\S*: (?:Gained|Configured|DHCP|Lost)/i },
    { text: /NetworkManager\S* .{0,200}\((?:cali|lxc|veth|cni|flannel)[\w.]*\): .{0,80}(?:activation|dhcp4)/i },
    // The table of networkctl: what is not `unmanaged` is managed.
    {
      text: pattern(
        /\b(?:cali|lxc|veth|cni|flannel)[\w.]* +\w+ +/,
        /(?:routable|degraded|carrier|no-carrier) +(?:configur|failed|pending)\w*/,
      ),
    },
    {
      text: pattern(
        /\b(?:networkd|NetworkManager)\b.{0,80}\b(?:restart|reload|upgrade)\w*/i,
        /.{0,200}\b(?:routes?|rules?|network|connectivity|connections?)\b/,
        /|\b(?:routes?|rules?|connectivity)\b.{0,120}\b(?:systemd-networkd|NetworkManager|netplan apply)\b/,
        /|\b(?:restart|reload)\w* (?:of )?(?:systemd-networkd|NetworkManager)\b.{0,120}\bpods?\b/,
        /|\b(?:systemd-networkd|NetworkManager|netplan apply)\b.{0,120}/,
        /\b(?:cali|cilium|flannel|pods?)\b.{0,80}\b(?:routes?|rules?)\b/,
      ),
    },
    { text: /unmanaged-devices|ManageForeignRoutes|ManageForeignRoutingPolicyRules/ },
  ],
  explains: [
    'data-path',
    'pod-traffic-dropped',
    'stale-cni',
    'cluster-dns-missing',
    'node-not-ready-cni',
    'cidr-overlap',
  ],
  lab: true,
  sources: [
    'https://docs.tigera.io/calico/latest/operations/troubleshoot/troubleshooting#configure-networkmanager',
    'poseidon/typhoon#1142',
    'cilium/cilium#18706',
    'systemd.network(5): Unmanaged',
  ],
  badCures: [
    {
      cure: 'systemctl disable --now NetworkManager (or systemd-networkd)',
      why: 'who gives the host its own address is gone at the next boot; it is enough that it leaves pods’ links alone',
      text: /systemctl (?:disable|stop|mask)(?: --now)? (?:NetworkManager|systemd-networkd)/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, evidence)));
  },

  therapy({ host, variant }, chart) {
    const place = { host, because: 'the pod network alone configures its links', stage: 'host' as const };
    return {
      title: `Have ${managers[variant]} on ${host} leave pods’ links alone`,
      risk: 'none',
      want:
        variant === 'networkd' ? unmanaged(networkdFile, networkdText, networkdLeft, place, chart) : left(place, chart),
    };
  },

  verify: ({ host, variant, facts: { links } }) => [
    {
      host,
      command: variant === 'networkd' ? 'networkctl list' : 'nmcli device',
      answer: links.map(({ link, state }) => `${link} ${state}`).join('\n'),
      healthy: 'unmanaged, for every link of the pod network',
    },
  ],
});

const managers = { networkd: 'systemd-networkd', 'network-manager': 'NetworkManager' } as const;

/** In front of what a distribution or an image has for all links: of several that match, the first by name holds. */
const networkdFile = '/etc/systemd/network/00-kubewizard-pods.network';
const networkdText = `# Kubewizard: links of the pod network are not systemd-networkd's.
[Match]
Name=cni* veth* cali* lxc* cilium_* flannel* vxlan* tunl0 kw.vxlan

[Link]
Unmanaged=yes
`;
const managerFile = '/etc/NetworkManager/conf.d/00-kubewizard-pods.conf';
const patterns = ['cni*', 'veth*', 'cali*', 'lxc*', 'cilium_*', 'flannel*', 'vxlan*', 'tunl0', 'kw.vxlan'];
const managerText = `# Kubewizard: links of the pod network are not NetworkManager's.
[keyfile]
unmanaged-devices=${patterns.map(one => `interface-name:${one}`).join(';')}
`;

const numbered = 's/^\\([0-9]*\\): \\([^:@ ]*\\)[:@].*/\\1 \\2/p';
/** Read by networkd at its start: a reload lets go of no link that it has already. */
const networkdLeft: Wants['command'] = {
  unless: sh`cd /run/systemd/netif/links 2>/dev/null || exit 0
ip -o link show | sed -n ${numbered} | while read -r i l; do
case $l in cni*|veth*|cali*|lxc*|cilium_*|flannel*|vxlan*|tunl*|kw.vxlan)
grep -qs '^ADMIN_STATE=config' "$i" && echo "$l";; esac; done | head -n 5; true`,
  run: sh`systemctl restart systemd-networkd.service`,
  risk: 'none',
  undo: 'needless',
};
const managerLeft: Wants['command'] = {
  unless: sh`nmcli -t -f DEVICE,STATE device | grep -E '^(cni|veth|cali|lxc|cilium_|flannel|vxlan|tunl|kw.vxlan)' | \
grep -E ':connect(ed|ing)' | grep -v externally | head -n 5; true`,
  run: sh`nmcli general reload || systemctl reload NetworkManager.service`,
  risk: 'none',
  undo: 'needless',
};

const left = (place: Place, chart: Chart): readonly Resource[] =>
  unmanaged(managerFile, managerText, managerLeft, place, chart);

/** The file, the manager told of it, and our own pod network laid again: its addresses and routes may be gone. */
const unmanaged = (
  path: string,
  text: string,
  told: Wants['command'],
  place: Place,
  chart: Chart,
): readonly Resource[] => {
  const file = textFile(path, text, 0o644, place);
  const now = command('links of pods left alone', told, { ...place, after: [idOf(file)] });
  return isOurs(chart) ? [file, now, command('pod network', laidAgain, { ...place, after: [idOf(now)] })] : [file, now];
};

/** The bridge's own address comes with the next pod; until then the host would not find its pods. */
const conflist: Script = sh`/etc/cni/net.d/10-kubewizard.conflist`;
const laidAgain: Wants['command'] = {
  unless: sh`[ "$(ip route show proto 107 | wc -l)" -gt 0 ] || echo 'no route to pods elsewhere'
! ip link show dev cni0 >/dev/null 2>&1 || [ -n "$(ip -o -4 address show dev cni0)" ] || echo 'cni0 has no address'`,
  run: sh`systemctl restart kw-network.service || exit 1
! ip link show dev cni0 >/dev/null 2>&1 || [ -n "$(ip -o -4 address show dev cni0)" ] || {
s=$(grep -o '"subnet": *"[0-9./]*"' ${conflist} | head -n 1 | cut -d'"' -f4)
ip address add "\${s%.*}.1/\${s#*/}" dev cni0; }`,
  risk: 'none',
  undo: 'needless',
};

function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const managed = evidence.read(host.podLinks)?.managed ?? [];
  return [
    ...taken(host, managed, 'systemd-networkd', 'networkd'),
    ...taken(host, managed, 'NetworkManager', 'network-manager'),
  ];
}

function taken(
  host: HostChart,
  managed: PodLinksSeen['managed'],
  by: PodLinksSeen['managed'][number]['by'],
  variant: 'networkd' | 'network-manager',
): readonly FoundOf<Facts>[] {
  const links = managed.filter(one => one.by === by).map(({ link, state }) => ({ link, state }));
  return links.length === 0
    ? []
    : [
        {
          variant,
          host: host.name,
          subject: { manager: by },
          facts: { links, by },
        },
      ];
}

function proof({ facts }: Found<Facts['networkd' | 'network-manager']>): readonly Quote[] {
  return [
    quoted(
      'podLinks',
      facts.by,
      facts.links
        .slice(0, 20)
        .map(one => `${one.link} ${one.state}`)
        .join('; '),
    ),
  ];
}
