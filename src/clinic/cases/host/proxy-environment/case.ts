import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, ProcessSeen } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { kubeconfigsInUse } from '../../../read/in-use.js';
import { shown } from '../../../read/shown.js';
import { serviceSilent } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { bypasses, netOf } from './bypass.js';
import { therapy } from './therapy.js';

export default defineCase({
  id: 'proxy-environment',
  precedence: 570,
  title: "A component sends the cluster's own traffic to an HTTP proxy",
  variants: {
    client: 'a component calls the API server through a proxy: NO_PROXY lacks the address',
    apiserver:
      'the API server calls kubelets, webhooks or aggregated APIs through a proxy: NO_PROXY lacks hosts or the service network',
  },
  symptoms: [
    { text: /proxyconnect tcp: .{1,120}/ },
    { text: /(Service Unavailable|Forbidden|Bad Gateway|Gateway Timeout).*(squid|proxy)/i },
    { text: /\[WARNING HTTPProxy(CIDR)?\]/ },
    { text: /error dialing backend: proxyconnect/ },
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
    const eyes = openEyes();
    return eyes.verdict(
      hostsOf(chart).flatMap(host => {
        const processes = eyes.see(host.processes) ?? [];
        eyes.see(host.files);
        return processes.flatMap(process => ofProcess(chart, host, process, eyes));
      }),
    );
  },

  therapy,

  teach: finding => [
    {
      host: finding.host,
      command: `tr '\\0' '\\n' </proc/$(pidof ${finding.subject})/environ | grep -i proxy`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'nothing, or a NO_PROXY with the API server, all hosts and the service network',
    },
  ],
});

/** Who calls the API by HTTP; the runtime's proxy is for images, and right. */
const clients = ['kubelet', 'kube-proxy', 'kube-controller-manager', 'kube-scheduler'];

function ofProcess(chart: Chart, host: HostChart, { program, proxies }: ProcessSeen, eyes: Eyes): readonly Finding[] {
  const proxy = proxies.HTTPS_PROXY || proxies.https_proxy;
  if (!proxy || ![...clients, 'kube-apiserver'].includes(program)) return [];
  const except = proxies.NO_PROXY || proxies.no_proxy || '';
  const targets = program === 'kube-apiserver' ? serverTargets(chart, host) : clientTargets(host, program, eyes);
  const through = targets.filter(target => !bypasses(target, except));
  return through.length === 0
    ? []
    : [
        {
          variant: program === 'kube-apiserver' ? 'apiserver' : 'client',
          host: host.name,
          subject: program,
          says: `${program} on ${host.name} has HTTPS_PROXY set, and NO_PROXY (${except || 'empty'}) does not leave out ${through.slice(0, 4).join(', ')}${through.length > 4 ? ` and ${through.length - 4} more` : ''}: those calls go to the proxy`,
          // The proxy's URL may hold a password.
          shows: [shown(host.processes, program, `HTTPS_PROXY is set; NO_PROXY=${except}`)],
        },
      ];
}

function clientTargets(host: HostChart, program: string, eyes: Eyes): readonly string[] {
  const paths = kubeconfigsInUse(host)
    .filter(use => use.program === program)
    .map(use => use.path);
  return [
    ...new Set(
      paths
        .map(path =>
          /^https:\/\/(\[[^\]]+\]|[^:/]+)/
            .exec(eyes.kubeconfig(host, path)?.value?.server ?? '')?.[1]
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
