import { apiserverPort } from '../../../../model/components.js';
import { parseAddress } from '../../../../net/address.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { inNamespace, objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { isHalted } from '../../../read/halted.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { at, listAt } from '../../../read/yaml.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { object } from '../../../therapies/object.js';
import { serviceSilent } from '../../../symptoms.js';
import { quoted } from '../../../read/quote.js';
import { type Facts, endpointsNamed } from './facts.js';

export default defineCase<Facts>({
  id: 'master-endpoints-reset',
  precedence: 330,
  title: 'The endpoints of the Service kubernetes are not the API servers',
  founding: 12,
  variants: {
    'master-count': {
      means: 'an API server counts masters (--endpoint-reconciler-type=master-count) with a number that is not theirs',
      says: ({ host, facts: { count, servers } }) =>
        `kube-apiserver on ${host} keeps ${count} endpoint${count === '1' ? '' : 's'} for the Service kubernetes ` +
        `(--apiserver-count), but the cluster has ${servers} API servers: each strikes out the others' addresses`,
      shows: ({ facts }) => [
        quoted(
          'processes',
          'kube-apiserver',
          `--endpoint-reconciler-type=master-count --apiserver-count=${facts.count}`,
        ),
      ],
    },
    'dead-endpoint': {
      means: 'an address in the endpoints of default/kubernetes is not an API server of this cluster',
      says: ({ facts: { address } }) =>
        `the endpoints of default/kubernetes name ${address}, and no host of this cluster runs an API server there: ` +
        'each client of the Service is sent there now and then',
      shows: endpointsNamed,
    },
    'missing-endpoint': {
      means: 'a running API server is not among the endpoints of default/kubernetes',
      says: ({ host, facts: { address, named } }) =>
        `kube-apiserver on ${host} runs and advertises ${address}, but the endpoints of default/kubernetes name only ` +
        `${named.join(', ') || 'nobody'}`,
      shows: endpointsNamed,
    },
  },
  told: [['kubernetes-endpoints', 'flips']],
  symptoms: [
    {
      text: /(Resetting endpoints for master service "kubernetes"|Setting endpoints for "default\/kubernetes)/,
      benign: 'when an API server starts or stops: then once, not every ten seconds',
    },
    { text: /\bkubernetes\b.{0,60}\bendpoints?\b.{0,40}\b(?:flip|flap|alternat|toggl|overwrit|overwrote)\w*/ },
    { text: /(?<!\b127\.0\.0)\.1:443: (connect|getsockopt): connection refused/ },
    { text: serviceSilent },
  ],
  explains: [],
  lab: true,
  sources: ['kubernetes/kubernetes#63383', 'kubernetes/kubernetes#108062', 'openshift/origin#6073'],
  badCures: [{ cure: 'kubectl edit endpoints kubernetes', why: 'the API servers write them anew every ten seconds' }],

  diagnose(chart) {
    const evidence = readEvidence();
    const counting = counters(chart, evidence);
    // What counting masters do to the endpoints is its consequence, and changes every ten seconds.
    return evidence.verdict(counting.length > 0 ? counting : endpoints(chart, evidence));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (finding.variant === 'master-count' && host) {
      const want = isOurs(chart)
        ? restoreAt(chart, host.name, '/etc/systemd/system/kube-apiserver.service')
        : flagSet(
            host,
            'kube-apiserver',
            { 'endpoint-reconciler-type': null, 'apiserver-count': null },
            'leases tell which API servers live',
          );
      if (want.length > 0)
        return { title: `Let leases tell which API servers live (${finding.host})`, risk: 'restart', want };
    }
    const none = hostsOf(chart, 'controlPlane').every(
      one => flagsOf(one, 'kube-apiserver').inForce?.get('endpoint-reconciler-type') === 'none',
    );
    const addresses = servers(chart).map(addressOf);
    if (none && addresses.every(one => parseAddress(one)))
      return {
        title: 'Write the living API servers into the endpoints of default/kubernetes',
        risk: 'none',
        want: [
          object(
            '/api/v1/namespaces/default/endpoints/kubernetes',
            {
              apiVersion: 'v1',
              kind: 'Endpoints',
              metadata: { name: 'kubernetes', namespace: 'default' },
              subsets: [
                {
                  addresses: addresses.map(ip => ({ ip })),
                  ports: [{ name: 'https', port: portOf(chart), protocol: 'TCP' }],
                },
              ],
            },
            { because: 'nobody else writes them (--endpoint-reconciler-type=none)', exact: ['subsets'], create: false },
          ),
        ],
      };
    return {
      refused: 'the API servers write these endpoints themselves, from their leases in etcd',
      advice: [
        'compare --advertise-address of every API server with ' +
          (finding.variant === 'master-count' ? 'kube-apiserver' : finding.facts.address),
        'a dead address goes by itself within a minute of its server’s end: an API server that still runs elsewhere ' +
          'with this etcd must be found and stopped',
      ],
    };
  },

  verify: finding => [
    finding.variant === 'master-count'
      ? {
          host: finding.host,
          command: 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep -E "reconciler|apiserver-count"',
          answer: finding.shows[0]?.text ?? '',
          healthy: 'nothing: leases are the default since 1.11',
        }
      : {
          host: 'cluster',
          command: 'kubectl -n default get endpoints kubernetes',
          answer: finding.shows[0]?.text ?? '',
          healthy: 'the addresses of all API servers, and no other',
        },
  ],
});

const servers = (chart: Chart) =>
  hostsOf(chart, 'controlPlane').filter(host => flagsOf(host, 'kube-apiserver').running);
const portOf = (chart: Chart): number =>
  Number(
    servers(chart)
      .map(one => flagsOf(one, 'kube-apiserver').inForce?.get('secure-port'))
      .find(port => port !== undefined) ?? apiserverPort,
  );
const addressOf = (host: ReturnType<typeof servers>[number]): string =>
  flagsOf(host, 'kube-apiserver').inForce?.get('advertise-address') ?? host.address;

function counters(chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const all = hostsOf(chart, 'controlPlane');
  return all.flatMap((host): readonly FoundOf<Facts>[] => {
    evidence.read(host.processes);
    evidence.read(host.files);
    const flags = flagsOf(host, 'kube-apiserver').inForce;
    const count = flags?.get('apiserver-count') ?? '1';
    if (flags?.get('endpoint-reconciler-type') !== 'master-count' || Number(count) === all.length) return [];
    return [
      {
        variant: 'master-count',
        host: host.name,
        subject: { program: 'kube-apiserver' },
        facts: { count, servers: all.length },
      },
    ];
  });
}

function endpoints(chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const found: ApiObject | undefined = objectsSeen(evidence, chart, 'endpoints')?.find(one =>
    inNamespace(one, 'default', 'kubernetes'),
  );
  if (!found) return [];
  const ips = listAt(found, 'subsets')
    .flatMap(one => listAt(one, 'addresses'))
    .map(one => String(at(one, 'ip')));
  // All hosts, also those that are stopped on purpose: their leases may not have run out yet.
  const known = new Set([
    ...[...chart.hosts.values()].map(host => host.address),
    ...hostsOf(chart, 'controlPlane').map(addressOf),
  ]);
  const strange = ips.filter(ip => !known.has(ip));
  const dead = strange.filter(ip => isSilent(ip, chart, evidence));
  return [
    ...dead.map(ip => ({
      variant: 'dead-endpoint' as const,
      host: 'cluster',
      subject: { address: ip },
      facts: { address: ip, named: ips },
    })),
    ...servers(chart)
      .filter(host => !ips.includes(addressOf(host)) && isOld(host, chart) && !isHalted(host, 'kube-apiserver'))
      .map(host => ({
        variant: 'missing-endpoint' as const,
        host: host.name,
        subject: { address: addressOf(host) },
        facts: { address: addressOf(host), named: ips },
      })),
  ];
}

/** One that is stopped in the middle renews no lease: that it is not named is right. */
const isOld = (host: ReturnType<typeof servers>[number], chart: Chart): boolean =>
  'value' in host.processes &&
  host.processes.value.some(
    one => one.program === 'kube-apiserver' && Date.parse(chart.now) - Date.parse(one.startedAt) > 60_000,
  );

/**
 * An address that nobody was asked about may well be an API server: a control plane need not be a Node, nor among the
 * hosts that were named.
 */
function isSilent(ip: string, chart: Chart, evidence: EvidenceReader): boolean {
  const tried = [...chart.hosts.values()].some(
    host =>
      'value' in host.reach &&
      Object.entries(host.reach.value).some(([to, answer]) => to.startsWith(`${ip}:`) && answer !== 'open'),
  );
  if (chart.spec || tried || isNoNode(ip, chart, evidence)) return true;
  evidence.note(
    ip,
    'kube-apiserver',
    'the endpoints of default/kubernetes name this address, and no host was asked whether an API server runs there',
  );
  return false;
}

/** Where all control planes that were asked are Nodes, as kubeadm makes them, an address of no Node is none. */
function isNoNode(ip: string, chart: Chart, evidence: EvidenceReader): boolean {
  const nodes = objectsSeen(evidence, chart, 'nodes')?.map(one =>
    listAt(one, 'status', 'addresses').map(each => String(at(each, 'address'))),
  );
  const asked = servers(chart);
  return (
    nodes !== undefined &&
    asked.length > 0 &&
    asked.every(host => nodes.some(all => all.includes(host.address))) &&
    !nodes.some(all => all.includes(ip))
  );
}
