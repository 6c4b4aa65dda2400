import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { securePort } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { fateOf } from '../../../read/packets.js';
import { shown } from '../../../read/shown.js';
import { firstRules } from '../../../therapies/first-rules.js';
import { kubeletCall, serviceSilent } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';

export default defineCase({
  id: 'host-firewall',
  precedence: 430,
  title: 'A firewall stands between the cluster’s hosts',
  variants: {
    'input-rule': 'a rule of iptables on the host drops what the others send to a port of the cluster',
    'foreign-table': 'the port is silent, and the host has a firewall of its own in nft (firewalld …)',
    'on-the-way': 'the port is silent, and nothing on the host itself drops it',
  },
  symptoms: [
    {
      text: /dial tcp [\d.]+:(10250|6443|2379|2380): (i\/o timeout|connect: no route to host|connect: connection timed out)/,
    },
    { text: /firewalld is active, please ensure ports/ },
    { text: serviceSilent },
    { text: kubeletCall },
  ],
  explains: [
    'quorum-lost',
    'not-highly-available',
    'cluster-dns-missing',
    'kubelet-certificate-not-trusted',
    'waiting-for-leader-lease',
  ],
  lab: true,
  sources: [
    'projectcalico/calico#3425',
    'projectcalico/calico#3388',
    'projectcalico/calico#9969',
    'https://kubernetes.io/docs/reference/networking/ports-and-protocols/',
  ],
  badCures: [
    {
      cure: 'systemctl disable --now firewalld (or ufw disable)',
      why: 'the whole host stands open: a few ports for a few addresses are enough',
      text: /systemctl (stop|disable).{0,20} (firewalld|ufw)|ufw disable/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const hosts = hostsOf(chart);
    const silent = silences(hosts, eyes);
    return eyes.verdict(
      hosts.flatMap(host =>
        findings(
          host,
          hosts.find(one => one !== host),
          silent.get(host.address) ?? [],
          eyes,
        ),
      ),
    );
  },

  therapy(finding, chart) {
    const [protocol = '', port = ''] = finding.subject.split(' ');
    const peers = hostsOf(chart)
      .filter(one => one.name !== finding.host)
      .map(one => one.address);
    const host = chart.hosts.get(finding.host);
    if (finding.variant !== 'input-rule' || !host || peers.length > 64)
      return {
        refused:
          finding.variant === 'on-the-way'
            ? 'what drops it is not on this host: a switch, a security group or the sender’s own rules'
            : 'the firewall of this host has a configuration of its own, and would undo what is written past it',
        advice: [
          `let ${protocol} ${port} through from ${peers.slice(0, 5).join(', ')}`,
          `firewall-cmd --permanent --add-port=${port}/${protocol} && firewall-cmd --reload; ufw allow from NETWORK to any port ${port} proto ${protocol}`,
        ],
      };
    const backEnd = finding.shows.some(one => one.source.includes('legacy')) ? ('legacy' as const) : ('nft' as const);
    const rules = peers.map(address => `-s ${address}/32 -p ${protocol} -m ${protocol} --dport ${port} -j ACCEPT`);
    return {
      title: `Let ${protocol} ${port} of the other hosts through on ${finding.host}`,
      risk: 'none',
      want: firstRules(
        { chain: 'INPUT', rules, backEnd, unit: `kw-open-${protocol}-${port}` },
        { host: finding.host, because: `the cluster’s hosts reach ${protocol} port ${port}`, stage: 'host' },
      ),
    };
  },

  teach: finding => [
    {
      host: finding.host,
      command: 'iptables -vnL INPUT; nft list ruleset | less',
      answer: finding.shows[0]?.text ?? finding.says,
      healthy: 'nothing drops the cluster’s ports for the cluster’s hosts',
    },
    {
      host: 'another host',
      command: finding.subject.startsWith('udp')
        ? `tcpdump -ni any -c 5 udp port ${finding.subject.split(' ')[1]}`
        : `curl -sk -m 5 https://${finding.host}:${finding.subject.split(' ')[1]}/`,
      answer: finding.subject.startsWith('udp') ? 'packets go out, and none comes back' : 'Connection timed out',
      healthy: finding.subject.startsWith('udp') ? 'packets of both hosts' : 'any answer at all',
    },
  ],
});

const listenerOn = (host: HostChart, port: number): string =>
  ({ 10250: 'kubelet', [securePort(host)]: 'kube-apiserver', 2379: 'etcd', 2380: 'etcd' })[port] ?? 'somebody';

interface Silence {
  readonly from: HostChart;
  readonly port: number;
  readonly answer: string;
}

/** Ports that gave no answer, by the address that was tried: read once, since each host tries many. */
function silences(hosts: readonly HostChart[], eyes: Eyes): ReadonlyMap<string, readonly Silence[]> {
  const found = new Map<string, Silence[]>();
  for (const from of hosts)
    for (const [target, answer] of Object.entries(eyes.see(from.reach) ?? {})) {
      if (answer !== 'timeout' && answer !== 'no-route') continue;
      const cut = target.lastIndexOf(':');
      const address = target.slice(0, cut);
      found.set(address, [...(found.get(address) ?? []), { from, port: Number(target.slice(cut + 1)), answer }]);
    }
  return found;
}

/** `other`: any one of the other hosts. */
function findings(
  host: HostChart,
  other: HostChart | undefined,
  tried: readonly Silence[],
  eyes: Eyes,
): readonly Finding[] {
  const rules = eyes.see(host.firewall);
  const listening = eyes.see(host.listening);
  const links = eyes.see(host.network);
  const silent = tried.filter(one => one.from !== host);
  if (!rules || !listening || !links) return [];
  const inside = links.addresses.find(one => one.address === host.address)?.link;
  const byRule = (
    protocol: 'tcp' | 'udp',
    port: number,
    from: HostChart,
  ): { readonly by: string; readonly backEnd: string } | undefined => {
    for (const backEnd of ['nft', 'legacy'] as const) {
      const fate = fateOf(rules[backEnd], 'INPUT', {
        from: from.address,
        to: host.address,
        protocol,
        port,
        ...(inside !== undefined && { in: inside }),
      });
      if (fate.fate === 'dropped' && fate.unsure === undefined) return { by: fate.by, backEnd };
    }
    return undefined;
  };
  const served = [
    ...new Set(
      silent
        .filter(one =>
          listening.some(each => each.protocol === 'tcp' && each.port === one.port && !each.address.startsWith('127.')),
        )
        .map(one => one.port),
    ),
  ];
  const tcp = served.map((port): Finding => {
    const { from, answer } = silent.find(one => one.port === port) ?? { from: host, answer: '' };
    const rule = byRule('tcp', port, from);
    const foreign = /hook input/.test(rules.foreign) && /\b(drop|reject)\b/.test(rules.foreign);
    return {
      variant: rule ? 'input-rule' : foreign ? 'foreign-table' : 'on-the-way',
      host: host.name,
      subject: `tcp ${port}`,
      says: `${from.name} gets no answer from ${host.address}:${port} (${answer}), though ${listenerOn(host, port)} listens there on ${host.name}${rule ? `; it ends at ${rule.by}` : foreign ? `; ${/table \w+ \S+/.exec(rules.foreign)?.[0] ?? 'an nft table'} filters what comes in` : ''}`,
      shows: [
        shown(
          host.firewall,
          rule ? `iptables-${rule.backEnd}-save` : 'nft list tables',
          rule?.by ?? /table [^{]+/.exec(rules.foreign)?.[0] ?? 'no rule that drops it',
        ),
        shown(from.reach, `${from.name} → ${host.address}:${port}`, answer),
      ],
    };
  });
  return [
    ...tcp,
    ...overlay(
      host,
      other,
      links.links.some(one => one.kind === 'vxlan'),
      byRule,
      eyes,
    ),
  ];
}

/** An overlay's port answers nobody, so a connection cannot be tried: only the rules tell. */
function overlay(
  host: HostChart,
  from: HostChart | undefined,
  tunnel: boolean,
  byRule: (
    protocol: 'tcp' | 'udp',
    port: number,
    from: HostChart,
  ) => { readonly by: string; readonly backEnd: string } | undefined,
  eyes: Eyes,
): readonly Finding[] {
  if (!tunnel || !from) return [];
  const files = eyes.see(host.files) ?? [];
  const port = Number(
    /^PORT='?(\d+)/m.exec(files.find(file => file.path === '/etc/kubernetes/network/config')?.text ?? '')?.[1] ?? 8472,
  );
  const rule = byRule('udp', port, from);
  return rule
    ? [
        {
          variant: 'input-rule',
          host: host.name,
          subject: `udp ${port}`,
          says: `pods’ packets from ${from.name} come to ${host.name} in udp port ${port}, and end at ${rule.by}`,
          shows: [shown(host.firewall, `iptables-${rule.backEnd}-save`, rule.by)],
        },
      ]
    : [];
}
