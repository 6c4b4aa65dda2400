import type { Resource } from '../../../../model/resource.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { openEyes } from '../../../read/eyes.js';
import { hostsOf } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { restoreAt } from '../../../therapies/restore.js';
import { sh } from '../../../../shell/sh.js';
import type { Finding } from '../../../examine/verdict.js';
import { instancesOf, type Instance } from './keepalived.js';

export default defineCase({
  id: 'vrrp-clash',
  precedence: 440,
  title: 'The virtual address on more than one host',
  variants: {
    'router-ids-differ': 'hosts that share a virtual address have different VRRP ids: each hears no one and takes it',
    'peer-missing': 'a host sends its advertisements to some of the others only',
    'adverts-blocked': 'a packet filter drops VRRP',
    'not-by-keepalived': 'the address also lies on a host where no keepalived put it',
    'two-holders': 'two hosts hold the address, though their configurations agree: they do not hear each other',
  },
  symptoms: [
    { text: /Entering MASTER STATE/, benign: 'once, when another host goes' },
    { text: /(VRID|virtual router id) mismatch|received an invalid ip number count|expecting.{0,40}VRID/i },
    { text: /Received advert (of|with) higher priority/, benign: 'once, when a host returns' },
    { text: /duplicate (IPv4 )?address/i },
  ],
  explains: ['client-and-server-disagree-on-ca', 'not-highly-available'],
  lab: true,
  sources: [
    'acassen/keepalived#2649',
    'acassen/keepalived#1702',
    'acassen/keepalived#2370',
    'kube-vip/kube-vip#665',
    'RFC 5798',
  ],
  badCures: [
    {
      cure: 'state MASTER and a higher priority on one host',
      why: 'a host that hears no advertisements takes the address whatever its priority is',
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const all = hostsOf(chart).flatMap(host => instancesOf(host, eyes));
    const shared = [...new Set(all.flatMap(one => one.addresses))];
    return eyes.verdict(
      shared.flatMap(address =>
        clash(
          chart,
          address,
          all.filter(one => one.addresses.includes(address)),
          eyes,
        ),
      ),
    );
  },

  therapy(finding, chart) {
    const want = cure(chart, finding);
    if (want.length > 0)
      return { title: `Give the virtual address to one host alone (${finding.host})`, risk: 'restart', want };
    return {
      refused: 'this keepalived is its owner’s: which of the ids is free in this network nobody here can see',
      advice: [
        'one virtual_router_id for all hosts that share the address, used by nobody else in that network (tcpdump -ni any proto 112)',
        'unicast_peer with every other host, where the network drops multicast',
        'let protocol 112 pass between them, then restart keepalived on one host after the other',
      ],
    };
  },

  teach: finding => [
    {
      host: finding.host,
      command: 'ip -br address',
      answer: finding.shows[0]?.text ?? finding.says,
      healthy: 'the virtual address on one host of all',
    },
    {
      host: finding.host,
      command: 'journalctl -u kw-keepalived -u keepalived -n 20; tcpdump -ni any -c 10 proto 112',
      answer: 'Entering MASTER STATE on more than one host',
      healthy: 'advertisements of one host, with one vrid',
    },
  ],
});

const clash = (
  chart: Chart,
  address: string,
  sharing: readonly Instance[],
  eyes: ReturnType<typeof openEyes>,
): readonly Finding[] => {
  const named = hostsOf(chart).map(host => ({ host, network: eyes.see(host.network) }));
  const holders = named
    .filter(({ network }) => network?.addresses.some(one => one.address === address))
    .map(({ host }) => host);
  const ids = new Map<string, number>();
  for (const one of sharing) ids.set(one.id, (ids.get(one.id) ?? 0) + 1);
  const [usual] = [...ids].sort(([, a], [, b]) => b - a)[0] ?? [''];
  const held = holders.map(host => shown(host.network, host.name, `holds ${address}`));
  const known = sharing.flatMap(one =>
    causes(address, one, sharing, usual ?? '', eyes).map(each => ({ ...each, shows: [...each.shows, ...held] })),
  );
  if (holders.length < 2) return known;
  const strangers = holders
    .filter(host => !sharing.some(one => one.host === host))
    .map(
      (host): Finding => ({
        variant: 'not-by-keepalived',
        host: host.name,
        subject: address,
        shows: held,
        says: `${address} is the virtual address of ${sharing.map(one => one.host.name).join(', ')}, but ${host.name} holds it too, where no keepalived runs for it`,
      }),
    );
  if (known.length + strangers.length > 0) return [...known, ...strangers];
  return [
    {
      variant: 'two-holders',
      host: 'cluster',
      subject: address,
      says: `${holders.map(host => host.name).join(' and ')} both hold ${address}: they do not hear each other’s advertisements, though their configurations agree`,
      shows: held,
    },
  ];
};

const causes = (
  address: string,
  one: Instance,
  sharing: readonly Instance[],
  usual: string,
  eyes: ReturnType<typeof openEyes>,
): readonly Finding[] => {
  const at = { host: one.host.name, subject: `${one.path} ${address}` };
  const others = sharing.filter(other => other !== one);
  const unheard = one.peers.length === 0 ? [] : others.filter(other => !one.peers.includes(other.host.address));
  const rule = eyes.see(one.host.firewall);
  const drops = [rule?.nft ?? '', rule?.legacy ?? '']
    .flatMap(text => text.split('\n'))
    .find(line => /^-A (INPUT|OUTPUT) .*-p (vrrp|112)\b.*-j (DROP|REJECT)/.test(line));
  return [
    ...(one.id !== usual
      ? [
          {
            variant: 'router-ids-differ',
            ...at,
            says: `${one.host.name} shares ${address} under virtual_router_id ${one.id}, but ${others
              .filter(other => other.id === usual)
              .map(other => other.host.name)
              .join(', ')} under ${usual}: they ignore each other`,
            shows: [shown(one.host.files, one.path, `virtual_router_id ${one.id}`)],
          },
        ]
      : []),
    ...(unheard.length > 0
      ? [
          {
            variant: 'peer-missing',
            ...at,
            says: `${one.host.name} advertises ${address} to ${one.peers.join(', ')}, but not to ${unheard.map(other => other.host.name).join(', ')}`,
            shows: [shown(one.host.files, one.path, `unicast_peer ${one.peers.join(' ')}`)],
          },
        ]
      : []),
    ...(drops
      ? [
          {
            variant: 'adverts-blocked',
            ...at,
            says: `${one.host.name} shares ${address}, but its packet filter drops VRRP: ${drops}`,
            shows: [shown(one.host.firewall, 'iptables-save', drops)],
          },
        ]
      : []),
  ];
};

const cure = (chart: Chart, finding: Finding): readonly Resource[] => {
  const place = {
    host: finding.host,
    stage: 'control-plane',
    after: [],
    because: 'the virtual address is on one host alone',
  } as const;
  if (finding.variant === 'not-by-keepalived')
    return [
      {
        ...place,
        kind: 'cleanup',
        key: `address ${finding.subject}`,
        want: {
          risk: 'none',
          look: sh`ip -o address show to ${`${finding.subject}/32`} | sed 's/ *\\\\.*//'`,
          remove: sh`ip -o address show to ${`${finding.subject}/32`} | while read -r _ link _ cidr _; do ip address del "$cidr" dev "$link" || exit 1; done`,
          undo: {
            keep: sh`ip -o address show to ${`${finding.subject}/32`}`,
            back: 'while read -r _ link _ cidr _; do ip address show dev "$link" | grep -qF "$cidr" || ip address add "$cidr" dev "$link" || exit 1; done',
          },
        },
      },
    ];
  if (finding.variant === 'adverts-blocked') {
    const host = chart.hosts.get(finding.host);
    const rule = finding.shows.find(one => one.source === 'iptables-save')?.text.replace(/^-A /, '') ?? '';
    const program =
      host && 'value' in host.firewall && host.firewall.value.nft.includes(rule) ? 'iptables-nft' : 'iptables-legacy';
    // The rule's own words, as iptables-save printed them; anything a shell could read in another way is left to a person.
    if (rule === '' || !/^[\w .:/!,-]+$/.test(rule)) return [];
    const [chain = '', ...words] = rule.split(' ');
    const undo = {
      keep: `${program} -S ${chain} | grep -e '^-A' | grep -nxF -e '-A ${rule}' | head -n 1 | cut -d: -f1`,
      back: `read -r at || exit 0; ${program} -C ${rule} 2>/dev/null || ${program} -I ${chain} "$at" ${words.join(' ')}`,
    };
    return [
      {
        ...place,
        kind: 'cleanup',
        key: 'rule that drops VRRP',
        want: {
          risk: 'none',
          undo,
          look: `${program} -C ${rule} 2>/dev/null && echo '${rule}'; true`,
          remove: `while ${program} -D ${rule} 2>/dev/null; do :; done`,
        },
      },
    ];
  }
  return restoreAt(
    chart,
    finding.host,
    finding.subject.split(' ')[0] ?? '',
    '/etc/systemd/system/kw-keepalived.service',
    'kw-keepalived.service',
  );
};
