import { defineCase } from '../../../case.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { firstRules } from '../../../therapies/first-rules.js';
import { kubeletCall, serviceSilent } from '../../../symptoms.js';
import { hostCidr, parseIPv4 } from '../../../../net/address.js';
import { sh } from '../../../../shell/sh.js';
import { type Closed, type Finding, findings, type FirewallFacts, shows, silences, type Tried } from './silence.js';
import { pattern } from '../../../../model/pattern.js';

const noAnswer = (host: string, { from, port }: Closed, { address, answer, listener }: Tried): string =>
  `${from} gets no answer from ${address}:${port} (${answer}), though ${listener} listens there on ${host}`;

export default defineCase<FirewallFacts>({
  id: 'host-firewall',
  precedence: 430,
  title: 'A firewall stands between the cluster’s hosts',
  variants: {
    'input-rule': {
      means: 'a rule of iptables on the host drops what the others send to a port of the cluster',
      says: ({ host, facts }) =>
        facts.tried
          ? `${noAnswer(host, facts, facts.tried)}; it ends at ${facts.rule}`
          : `pods’ packets from ${facts.from} come to ${host} in ${facts.protocol} port ${facts.port}, and end ` +
            `at ${facts.rule}`,
      shows,
    },
    'foreign-table': {
      means: 'the port is silent, and the host has a firewall of its own in nft (firewalld …)',
      says: ({ host, facts }) => `${noAnswer(host, facts, facts.tried)}; ${facts.table} filters what comes in`,
      shows,
    },
    'on-the-way': {
      means: 'the port is silent, and nothing on the host itself drops it',
      says: ({ host, facts }) => noAnswer(host, facts, facts.tried),
      shows,
    },
  },
  about: [
    { who: 'kernel', whom: 'kubelet', how: 'dropped' },
    { who: 'kernel', whom: 'api-server', how: 'dropped' },
    { who: 'kernel', whom: 'overlay', how: 'dropped' },
    { who: 'kernel', whom: 'etcd', how: 'dropped' },
    { who: 'kernel', whom: 'etcd-peer', how: 'dropped' },
    { whom: 'kubelet', how: 'dropped' },
    { whom: 'api-server', how: 'dropped' },
    { whom: 'overlay', how: 'dropped' },
    { whom: 'kubelet', how: 'no-route' },
    { whom: 'kubelet', how: 'timed-out' },
    { whom: 'service', how: 'timed-out' },
    { whom: 'service', how: 'no-route' },
    { whom: 'api-server', how: 'no-route' },
    { whom: 'etcd', how: 'no-route' },
    { whom: 'etcd-peer', how: 'no-route' },
    { whom: 'dns', how: 'no-route' },
    { whom: 'address', how: 'no-route' },
    { whom: 'address', how: 'timed-out' },
    { who: 'pod', whom: 'pod', how: 'timed-out' },
    { whom: 'dns', how: 'timed-out' },
  ],
  told: [
    ['firewall', 'unreachable'],
    ['firewall', 'overlay-port'],
    ['overlay-port', 'drops-input'],
    ['firewall', 'kubelet-call'],
    ['firewall', 'other-node'],
    ['firewall', 'rules-flushed'],
  ],
  symptoms: [
    {
      text: /dial tcp [\d.]+:(10250|6443|2379|2380): (i\/o timeout|connect: (no route to host|connection timed out))/,
    },
    { text: /firewalld is active, please ensure ports/ },
    { text: /packet filtered|icmp6?-(?:host|adm|net)-prohibited|(?:admin|host|net) prohibited|prohibited by filter/i },
    {
      text: pattern(
        /\b(?:security ?groups?|firewalld?|ufw)\b.{0,120}\b(?:8472|4789|51820|6443|10250|2379|2380|vxlan|udp)\b/i,
        /|\b(?:8472|4789|6443|10250|2379|2380|vxlan|udp)\b.{0,80}\b(?:security ?groups?|firewalld?|ufw)\b/i,
      ),
      benign: 'where it only says that the port is open',
    },
    {
      text: pattern(
        /(?:disabl|stopp|turn)\w+ (?:off )?(?:the |my )?(?:\w+ )?(?:firewalld?|ufw)\b/i,
        /|systemctl (?:stop|disable) (?:firewalld|ufw|nftables)/i,
      ),
    },
    // A listing of the host's own firewall.
    {
      text: pattern(
        /Status: active\b.{0,400}(\bTo +Action +From|Default: deny)/,
        /|\btarget: (default|DROP|%%REJECT%%) .{0,400}\bservices:/,
      ),
    },
    { text: serviceSilent },
    { text: kubeletCall },
  ],
  explains: [
    'quorum-lost',
    'not-highly-available',
    'cluster-dns-missing',
    'kubelet-certificate-not-trusted',
    'waiting-for-leader-lease',
    'data-path',
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
    const evidence = readEvidence();
    const hosts = hostsOf(chart);
    const silent = silences(hosts, evidence);
    return evidence.verdict(
      hosts.flatMap(host =>
        findings(
          host,
          hosts.find(one => one !== host),
          silent.get(host.address) ?? [],
          evidence,
        ),
      ),
    );
  },

  therapy(finding, chart) {
    const { protocol, port } = finding.facts;
    const others = hostsOf(chart).filter(one => one.name !== finding.host);
    const peers = others.map(one => parseIPv4(one.address)).filter(address => address !== undefined);
    if (finding.variant !== 'input-rule' || peers.length < others.length || peers.length > 64)
      return {
        refused: notByUs[finding.variant],
        advice: [
          `let ${protocol} ${port} through from ${peers.slice(0, 5).join(', ')}`,
          `firewall-cmd --permanent --add-port=${port}/${protocol} && firewall-cmd --reload; ufw allow from ` +
            `NETWORK to any port ${port} proto ${protocol}`,
        ],
      };
    const rules = peers.map(address => ({ from: hostCidr(address), protocol, port }));
    return {
      title: `Let ${protocol} ${port} of the other hosts through on ${finding.host}`,
      risk: 'none',
      want: firstRules(
        { chain: 'INPUT', rules, backEnd: finding.facts.backEnd, unit: `kw-open-${protocol}-${port}` },
        { host: finding.host, because: `the cluster’s hosts reach ${protocol} port ${port}`, stage: 'host' },
      ),
    };
  },

  verify: finding => {
    const { protocol, port } = finding.facts;
    return [
      {
        host: finding.host,
        command: 'iptables -vnL INPUT; nft list ruleset | less',
        answer: finding.shows[0]?.text ?? '',
        healthy: 'nothing drops the cluster’s ports for the cluster’s hosts',
      },
      protocol === 'udp'
        ? {
            host: 'another host',
            command: sh`tcpdump -ni any -c 5 udp port ${port}`,
            answer: 'packets go out, and none comes back',
            healthy: 'packets of both hosts',
          }
        : {
            host: 'another host',
            command: sh`curl -sk -m 5 ${`https://${finding.host}:${port}/`}`,
            answer: 'Connection timed out',
            healthy: 'any answer at all',
          },
    ];
  },
});

const notByUs: Readonly<Record<Finding['variant'], string>> = {
  'input-rule': 'the other hosts are more than 64, or not each of them has an IPv4 address to write into a rule',
  'foreign-table': 'the firewall of this host has a configuration of its own, and would undo what is written past it',
  'on-the-way': 'what drops it is not on this host: a switch, a security group or the sender’s own rules',
};
