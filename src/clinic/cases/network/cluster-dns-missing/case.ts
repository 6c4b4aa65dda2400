import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { at, listAt } from '../../../read/yaml.js';
import { kubeletSetting } from '../../../therapies/kubelet-settings.js';
import { type Address, parseAddress } from '../../../../net/address.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';

interface Service {
  readonly service: string;
  readonly address: Address;
}

/** What the kubelet's configuration at `path`, or its flag, tells pods. */
interface Told {
  readonly path: string;
  readonly told: readonly string[];
}

type Facts = {
  /** `like`: another kubelet, where no API was there to ask for the service. */
  unset: Told & ({ readonly dns: Service } | { readonly like: Told & { readonly host: string } });
  wrong: Told & { readonly dns: Service; readonly wrong: readonly string[] };
};

export default defineCase<Facts>({
  id: 'cluster-dns-missing',
  precedence: 350,
  title: 'Pods are not told the cluster’s DNS',
  variants: {
    unset: {
      means: 'the kubelet has no clusterDNS, though the cluster has a DNS service',
      says: ({ host, facts }) =>
        `the kubelet of ${host} tells pods no cluster DNS; ` +
        ('dns' in facts
          ? answers(facts.dns)
          : `that of ${facts.like.host} tells its own ${facts.like.told.join(', ')}`),
      shows: ({ facts }) => [
        toldText(facts),
        'dns' in facts ? dnsText(facts.dns) : { ...toldText(facts.like), host: facts.like.host },
      ],
    },
    wrong: {
      means: 'the kubelet’s clusterDNS is the address of no service',
      says: ({ host, facts }) =>
        `the kubelet of ${host} tells pods ${facts.wrong.join(', ')}, which no service has; ${answers(facts.dns)}`,
      shows: ({ facts }) => [toldText(facts), dnsText(facts.dns)],
    },
  },
  told: [
    ['resolv-conf', 'pods', 'wrong-server'],
    ['resolv-conf', 'services', 'unreachable'],
  ],
  symptoms: [
    { text: /MissingClusterDNS|\bclusterDNS\b.{0,40}\b(?:not set|missing|empty|unset)\b/i },
    { text: /does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy/ },
  ],
  explains: ['probe-misses-its-target', 'data-path'],
  lab: true,
  sources: ['kubeovn/kube-ovn#497', 'https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/'],

  diagnose(chart) {
    const evidence = readEvidence();
    const services = objectsSeen(evidence, chart, 'services');
    const dns = services && dnsOf(services);
    // Without a DNS service there is nothing that the kubelet could name.
    return evidence.verdict(
      !services
        ? unlikeOthers(chart, evidence)
        : dns
          ? nodesOf(chart).flatMap(host => finding(chart, host, services, dns, evidence) ?? [])
          : [],
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const because = 'pods ask the cluster’s DNS';
    const want =
      host && 'dns' in finding.facts
        ? kubeletSetting(chart, host, 'clusterDNS', [finding.facts.dns.address], because, 'cluster-dns')
        : [];
    return want.length > 0
      ? { title: `Tell the kubelet of ${finding.host} the address of the cluster’s DNS`, risk: 'restart', want }
      : {
          refused: 'the kubelet’s configuration was not seen as text',
          advice: [
            'write clusterDNS: [ADDRESS OF kube-dns] into /var/lib/kubelet/config.yaml',
            'systemctl restart kubelet; then make the pods of this node again: they keep their resolv.conf',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'grep -A2 clusterDNS /var/lib/kubelet/config.yaml',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'the CLUSTER-IP of kube-system/kube-dns',
    },
    {
      host: 'cluster',
      command: 'kubectl -n kube-system get service kube-dns; kubectl exec POD -- cat /etc/resolv.conf',
      answer: 'two different addresses',
      healthy: 'the same address',
    },
  ],
});

type Finding = FoundOf<Facts>;

const answers = ({ service, address }: Service): string => `the service ${service} answers at ${address}`;

const dnsOf = (services: readonly ApiObject[]): Service | undefined => {
  for (const one of services) {
    const named = one.metadata.name === 'kube-dns' || one.metadata.labels?.['k8s-app'] === 'kube-dns';
    const address = parseAddress(String(at(one, 'spec', 'clusterIP')));
    if (one.metadata.namespace === 'kube-system' && named && address !== undefined)
      return { service: one.metadata.name, address };
  }
  return undefined;
};

/** What a kubelet tells its pods; undefined: not seen, or no kubelet. */
function toldBy(host: HostChart, evidence: EvidenceReader): readonly string[] | undefined {
  evidence.read(host.processes);
  if (!evidence.read(host.files)) return undefined;
  const kubelet = kubeletOf(host);
  if (!kubelet.flags) return undefined;
  const flag = kubelet.flags.get('cluster-dns');
  if (flag !== undefined) return flag.split(',').filter(one => one !== '');
  if (kubelet.config === undefined) {
    evidence.note(host.name, kubelet.path, kubelet.problem ?? 'the file was not seen as text');
    return undefined;
  }
  return listAt(kubelet.config, 'clusterDNS').map(String);
}

/** With no API to ask for the service, the other kubelets prove that there is one. */
function unlikeOthers(chart: Chart, evidence: EvidenceReader): readonly Finding[] {
  const all = nodesOf(chart).flatMap(host => {
    const told = toldBy(host, evidence);
    return told ? [{ host, told }] : [];
  });
  const telling = all.filter(({ told }) => told.length > 0);
  const [model] = telling;
  if (!model || telling.length <= all.length / 2) return [];
  return all
    .filter(({ told }) => told.length === 0)
    .map(({ host }) => ({
      variant: 'unset',
      host: host.name,
      subject: { field: 'clusterDNS' },
      facts: {
        path: kubeletOf(host).path,
        told: [],
        like: { host: model.host.name, path: kubeletOf(model.host).path, told: model.told },
      },
    }));
}

function finding(
  _chart: Chart,
  host: HostChart,
  services: readonly ApiObject[],
  dns: Service,
  evidence: EvidenceReader,
): Finding | undefined {
  const told = toldBy(host, evidence);
  if (!told) return undefined;
  const kubelet = kubeletOf(host);
  // A cache on the node itself (NodeLocal DNS, 169.254.20.10) answers at an address of its own.
  const links = evidence.read(host.network)?.addresses.map(one => one.address) ?? told;
  const known = (address: string): boolean =>
    address.startsWith('169.254.') ||
    links.includes(address) ||
    services.some(one => [at(one, 'spec', 'clusterIP'), ...listAt(one, 'spec', 'clusterIPs')].includes(address));
  const wrong = told.filter(address => !known(address));
  if (told.length > 0 && wrong.length === 0) return undefined;
  const place = {
    host: host.name,
    subject: { field: 'clusterDNS' },
  };
  return told.length === 0
    ? { variant: 'unset', facts: { path: kubelet.path, told, dns }, ...place }
    : { variant: 'wrong', facts: { path: kubelet.path, told, dns, wrong }, ...place };
}

function toldText({ path, told }: Told): Quote {
  return quoted('files', path, `clusterDNS: ${told.join(', ') || '(none)'}`);
}

function dnsText({ service, address }: Service): Quote {
  return quotedObject('services', service, `clusterIP ${address}`);
}
