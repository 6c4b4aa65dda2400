import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, ProcessSeen } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { serviceSilent } from '../../../symptoms.js';
import { clients, type Facts } from './facts.js';
import { bypasses, netOf } from './bypass.js';
import { therapy } from './therapy.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

const says = ({ host, facts: { program, noProxy, through } }: FoundOf<Facts>): string =>
  `${program} on ${host} has HTTPS_PROXY set, and NO_PROXY (${noProxy || 'empty'}) does not leave out ` +
  `${through.slice(0, 4).join(', ')}${through.length > 4 ? ` and ${through.length - 4} more` : ''}: those calls ` +
  'go to the proxy';

export default defineCase<Facts>({
  id: 'proxy-environment',
  precedence: 570,
  title: "A component sends the cluster's own traffic to an HTTP proxy",
  variants: {
    client: { means: 'a component calls the API server through a proxy: NO_PROXY lacks the address', says, shows },
    apiserver: {
      means:
        'the API server calls kubelets, webhooks or aggregated APIs through a proxy: ' +
        'NO_PROXY lacks hosts or the service network',
      says,
      shows,
    },
  },
  about: [
    { how: 'gateway' },
    { whom: 'webhook', how: 'gateway' },
    { whom: 'webhook', how: 'forbidden' },
    { whom: 'aggregated-api', how: 'gateway' },
    { whom: 'aggregated-api', how: 'unavailable' },
    { who: 'kubectl', how: 'not-trusted' },
  ],
  told: [
    ['http-proxy', 'apiserver'],
    ['http-proxy', 'kubelet'],
    ['http-proxy', 'services'],
    ['http-proxy', 'webhook'],
  ],
  symptoms: [
    { text: /proxyconnect tcp: .{1,120}/ },
    { text: /\bsocks connect tcp \S{1,200}->/ },
    { text: /(Service Unavailable|Forbidden|Bad Gateway|Gateway Timeout).*(squid|proxy)/i },
    { text: /\[WARNING HTTPProxy(CIDR)?\]/ },
    { text: /error dialing backend: proxyconnect/ },
    { text: /Proxy Authentication Required/ },
    // The log of the proxy itself: what is in no other network than the cluster's came by it.
    {
      text: /TCP_[A-Z_]+\/\d{3} \d+ [A-Z]+ (https?:\/\/)?(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\S{1,200}\.svc\b)/,
    },
    { text: serviceSilent },
  ],
  explains: ['node-not-ready-cni', 'waiting-for-leader-lease', 'namespace-terminating-apiservice/unavailable'],
  lab: true,
  spare: ['kubeconfigs', 'files'],
  sources: ['kubeadm preflight HTTPProxy, HTTPProxyCIDR', 'https://pkg.go.dev/golang.org/x/net/http/httpproxy'],
  badCures: [
    {
      cure: 'NO_PROXY=10.244.*,192.168.*',
      why: 'Go knows no stars there: write networks as 10.244.0.0/16',
      text: /no_proxy=\S{0,120}\*/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart).flatMap(host => {
        const processes = evidence.read(host.processes) ?? [];
        evidence.read(host.files);
        return processes.flatMap(process => ofProcess(chart, host, process, evidence));
      }),
    );
  },

  therapy,

  verify: finding => [
    {
      host: finding.host,
      command: `tr '\\0' '\\n' </proc/$(pidof ${finding.facts.program})/environ | grep -i proxy`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'nothing, or a NO_PROXY with the API server, all hosts and the service network',
    },
  ],
});

function ofProcess(
  chart: Chart,
  host: HostChart,
  { program, proxies }: ProcessSeen,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const client = clients.find(one => one === program);
  if (!(proxies.HTTPS_PROXY || proxies.https_proxy) || (!client && program !== 'kube-apiserver')) return [];
  const noProxy = proxies.NO_PROXY || proxies.no_proxy || '';
  const targets = client ? clientTargets(host, client, evidence) : serverTargets(chart, host);
  const through = targets.filter(target => !bypasses(target, noProxy));
  if (through.length === 0) return [];
  const found = {
    host: host.name,
    subject: { program },
  };
  return client
    ? [{ variant: 'client', ...found, facts: { program: client, noProxy, through } }]
    : [{ variant: 'apiserver', ...found, facts: { program: 'kube-apiserver', noProxy, through } }];
}

function clientTargets(host: HostChart, program: string, evidence: EvidenceReader): readonly string[] {
  const paths = kubeconfigsInUse(host)
    .filter(use => use.program === program)
    .map(use => use.path);
  return [
    ...new Set(
      paths
        .map(path =>
          /^https:\/\/(\[[^\]]+\]|[^:/]+)/
            .exec(evidence.kubeconfig(host, path)?.value?.server ?? '')?.[1]
            ?.replace(/^\[|\]$/g, ''),
        )
        .filter(one => one !== undefined),
    ),
  ];
}

const serverTargets = (chart: Chart, host: HostChart): readonly string[] => {
  const services = flagsOf(host, 'kube-apiserver').inForce?.get('service-cluster-ip-range')?.split(',')[0];
  return [...hostsOf(chart).map(one => one.address), ...(services && netOf(services) ? [services] : [])];
};

/** The proxy's URL may hold a password. */
function shows({ facts: { program, noProxy } }: Found<Facts['client' | 'apiserver']>): readonly Quote[] {
  return [quoted('processes', program, `HTTPS_PROXY is set; NO_PROXY=${noProxy}`)];
}
