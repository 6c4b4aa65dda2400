import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { at, listAt } from '../../../read/yaml.js';
import { sh } from '../../../../shell/sh.js';
import { type Handed, isDns, type Loop, loopback, nameservers, otherFile, restartedPods } from './therapy.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';

type Resolver = 'coredns' | 'dnsmasq' | 'no-cluster-dns';
type Facts = { [R in Resolver]: Loop } & {
  /** `pod` (`namespace/name`): a CoreDNS that began with this file and ended. */
  nobody: Handed & { readonly pod: string };
};
type Finding = FoundOf<Facts>;

const shows = ({ facts }: { readonly facts: Handed & Partial<Loop> }): readonly Quote[] => [
  quoted(
    facts.resolvConf === '/etc/resolv.conf' ? 'network' : 'files',
    facts.resolvConf,
    (facts.nameservers ?? []).map(one => `nameserver ${one}`).join('\n') || '(no nameserver)',
  ),
  handedBy(facts),
];

const handedBy = ({ config, resolvConf, given }: Handed): Quote =>
  quoted('files', config, `resolvConf: ${given ? resolvConf : '(not given: /etc/resolv.conf)'}`);

const says = ({ host, facts }: { readonly host: string; readonly facts: Loop }): string =>
  `the kubelet of ${host} hands ${facts.resolvConf} to pods, but its nameserver ${facts.nameserver} ` +
  'means, inside a pod, the pod itself';

export default defineCase<Facts>({
  id: 'dns-loop',
  precedence: 550,
  title: 'Cluster DNS is told to ask itself, or nobody',
  variants: {
    coredns: {
      means: 'CoreDNS forwards to a nameserver on loopback, which is CoreDNS itself: it notices the loop and ends',
      says,
      shows,
    },
    dnsmasq: {
      means: 'the DNS pod has nobody left to forward to: names outside the cluster do not resolve',
      says,
      shows,
    },
    'no-cluster-dns': {
      means: 'pods with the node’s own DNS settings are given a nameserver on loopback, where nobody answers them',
      says,
      shows,
    },
    nobody: {
      means: 'CoreDNS forwards to the nameservers of a file that names none: it ends as soon as it starts',
      says: ({ host, facts }) =>
        `the kubelet of ${host} hands ${facts.resolvConf} to pods, which names no nameserver: CoreDNS forwards to ` +
        `nobody, and ${facts.pod} ends as soon as it starts`,
      shows: finding => [
        ...shows(finding),
        quotedObject('pods', finding.facts.pod, 'container coredns: ended with an exit code other than 0'),
      ],
    },
  },
  told: [
    ['coredns', 'loopback-resolver'],
    ['coredns', 'loop', 'restarts'],
  ],
  symptoms: [
    { text: /plugin\/loop: Loop \(\S{1,60} -> :\d+\) detected for zone/ },
    { text: /\[FATAL\] plugin\/loop: |\bforwarding loop detected\b/i },
    { text: /Seen "HINFO IN .{1,80}" more than twice, loop detected/ },
    { text: /plugin\/forward: no (?:valid upstream addresses|nameservers) found/ },
    { text: /ignoring nameserver 127\.0\.0\.\d+(?:#53)? - local interface/ },
    { text: /dial (udp|tcp) 127\.0\.0\.53:53: connect: connection refused/ },
    { text: /\b(?:coredns|kube-dns)\b.{0,200}(?:127\.0\.0\.53|systemd-resolved)/i },
    {
      text: pattern(
        /nameserver 127\.\d+\.\d+\.\d+\b.{0,2000}\b(forward|proxy) \. \/etc\/resolv\.conf/,
        /|\b(forward|proxy) \. \/etc\/resolv\.conf.{0,2000}nameserver 127\./,
      ),
    },
    { text: /(coredns|kube-dns|dns)-\S+ .{0,60}CrashLoopBackOff/ },
  ],
  about: [{ whom: 'outside-host', how: 'name-unknown' }],
  explains: ['probe-misses-its-target'],
  lab: true,
  sources: [
    'coredns/coredns#2087',
    'coredns/coredns#6586',
    'kubernetes/kubeadm#1162',
    'https://coredns.io/plugins/loop/#troubleshooting',
  ],
  badCures: [
    {
      cure: 'deleting the loop plugin from the Corefile',
      why: 'the loop stays, and now it eats memory and CPU until the pod is killed',
      text: /(delete|remove|comment( out)?|drop).{0,40}\bloop\b( plugin)?|sed .{0,60}\/loop\//,
    },
    {
      cure: 'forward . 8.8.8.8',
      why: 'the names of your own network are lost, and where that address is not reached all names are',
      text: /forward \. 8\.8\.8\.8/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const dns = resolverIn(chart, evidence);
    return evidence.verdict(nodesOf(chart).flatMap(host => looped(chart, host, dns, evidence)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = host ? otherFile(chart, host, finding.facts) : [];
    if (want.length > 0)
      return {
        title: `Give the pods of ${finding.host} the nameservers behind its local one`,
        risk: 'restart',
        want: [...want, ...(host ? restartedPods(chart, host, want) : [])],
      };
    return {
      refused: `no file with other nameservers than loopback was seen on ${finding.host}`,
      advice: [
        ...(finding.variant === 'nobody'
          ? [
              'at a site without a resolver: take `forward` out of the Corefile ' +
                '(kubectl -n kube-system edit configmap coredns)',
            ]
          : []),
        'write a file with the nameservers of your network, such as /etc/kubernetes/resolv.conf',
        'resolvConf: that file, in the kubelet’s configuration; restart the kubelet',
        'kubectl -n kube-system delete pod -l k8s-app=kube-dns: pods keep the file with which they began',
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: sh`grep resolvConf ${finding.facts.config}; cat ${finding.facts.resolvConf}`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'nameservers that are no loopback addresses',
    },
    {
      host: finding.host,
      command: 'kubectl -n kube-system logs -l k8s-app=kube-dns',
      answer:
        finding.variant === 'coredns'
          ? 'plugin/loop: Loop (127.0.0.1:… -> :53) detected'
          : finding.variant === 'nobody'
            ? 'plugin/forward: no valid upstream addresses found'
            : finding.variant === 'dnsmasq'
              ? 'dnsmasq: ignoring nameserver 127.0.0.53 - local interface'
              : 'No resources found: pods ask the file alone',
      healthy: 'no word of a loop, and none of forwarding to nobody',
    },
  ],
});

const resolverIn = (chart: Chart, evidence: EvidenceReader): Resolver | undefined => {
  const all = [
    ...(objectsSeen(evidence, chart, 'deployments.apps') ?? []),
    ...(objectsSeen(evidence, chart, 'daemonsets.apps') ?? []),
  ].filter(one => one.metadata.namespace === 'kube-system');
  const named = (pattern: RegExp): boolean => all.some(one => pattern.test(one.metadata.name));
  return named(/coredns|kube-dns/)
    ? 'coredns'
    : named(/kubewizard-dns|dnsmasq/)
      ? 'dnsmasq'
      : evidence.missing.length > 0
        ? undefined
        : 'no-cluster-dns';
};

/** The API tells which resolver it is; without it the files still tell that there is a loop. */
const looped = (
  chart: Chart,
  host: HostChart,
  dns: Resolver | undefined,
  evidence: EvidenceReader,
): readonly Finding[] => {
  evidence.read(host.processes);
  const kubelet = kubeletOf(host);
  if (evidence.file(host, kubelet.path) === undefined) return [];
  const told: unknown = kubelet.value('resolvConf', 'resolv-conf');
  if (told === '') return [];
  const path = typeof told === 'string' ? told : '/etc/resolv.conf';
  const text = path === '/etc/resolv.conf' ? evidence.read(host.network)?.resolvConf : evidence.file(host, path)?.text;
  const servers = nameservers(text);
  const handed = { config: kubelet.path, resolvConf: path, given: typeof told === 'string' };
  const place = { host: host.name, subject: { config: kubelet.path, resolvConf: path } };
  if (text !== undefined && servers.length === 0)
    return endedOn(chart, host, evidence).map(pod => ({ variant: 'nobody', ...place, facts: { ...handed, pod } }));
  const [loop] = servers.filter(loopback);
  if (loop === undefined) return [];
  const facts = { ...handed, nameserver: loop, nameservers: servers };
  return [{ variant: dns ?? withoutApi(chart, host), ...place, facts }];
};

/** One is enough: what it forwards to is in no file of the host, and where nobody is asked it lives without any. */
const endedOn = (chart: Chart, host: HostChart, evidence: EvidenceReader): readonly string[] =>
  (objectsSeen(evidence, chart, 'pods') ?? [])
    .filter(pod => isDns(pod) && at(pod, 'spec', 'nodeName') === nodeNameOf(host))
    .filter(pod =>
      listAt(pod, 'status', 'containerStatuses').some(
        one =>
          at(one, 'name') === 'coredns' &&
          at(one, 'state', 'running') === undefined &&
          [at(one, 'state'), at(one, 'lastState')].some(state => Number(at(state, 'terminated', 'exitCode')) > 0),
      ),
    )
    .map(fullName)
    .slice(0, 1);

/** A kubelet that names a cluster DNS has one: Kubewizard's is what its cluster file wants, kubeadm's is CoreDNS. */
const withoutApi = (chart: Chart, host: HostChart): Resolver => {
  const corednsLooped = /loop/.test(String(('value' in host.logs ? (host.logs.value.coredns ?? []) : []).join(' ')));
  const has = kubeletOf(host).value('clusterDNS', 'cluster-dns') !== undefined;
  return corednsLooped
    ? 'coredns'
    : !has
      ? 'no-cluster-dns'
      : chart.wanted?.some(one => one.key.endsWith('/deployments/kubewizard-dns'))
        ? 'dnsmasq'
        : 'coredns';
};
