/** One network, told to several components: each must be told the same. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { subnetsOf } from '../../../read/pod-networks.js';
import { at, readYaml } from '../../../read/yaml.js';
import { freshUnit } from '../../../therapies/files.js';
import { editYaml, flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { type Cidr, contains, parseIPv4Cidr } from '../../../../net/address.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import type { Found } from '../../../examine/verdict.js';
import { proxyConfigOf, proxyNetworks } from './proxy.js';
import { type Quote, quotedList, quotedOn, type Section } from '../../../read/quote.js';

const kcm = 'kube-controller-manager';
type Variant = 'pods-differ' | 'services-differ';
type Program = typeof kcm | 'kube-apiserver' | 'kube-proxy' | 'CNI';

/** Where it is told so: on the host, or in the API. */
type Place = Section | 'configmaps';

/** One component was told `told`, and the others `right`. */
export interface Disagreement {
  readonly program: Program;
  readonly told: Cidr;
  readonly from: Place;
  readonly right: Cidr;
  readonly others: { readonly program: Program; readonly host: string; readonly from: Place };
}

export const saysDisagreement = (whose: 'pods' | 'services', { host, facts }: Found<Disagreement>): string => {
  const where = host === 'cluster' ? '' : ` on ${host}`;
  const { program, told, right, others } = facts;
  return `${program}${where} is told that ${whose} have ${told}, but ${others.program} on ${others.host} ${right}`;
};

export const showsDisagreement = ({ host, facts }: Found<Disagreement>): readonly Quote[] => {
  const { program, told, from, right, others } = facts;
  return [quotedFrom(host, from, program, told), quotedFrom(others.host, others.from, others.program, right)];
};

const quotedFrom = (host: string, from: Place, program: Program, cidr: Cidr): Quote =>
  from === 'configmaps' ? quotedList(from, program, cidr) : quotedOn(host, from, program, cidr);

interface Told {
  readonly host: string;
  readonly program: Program;
  readonly cidr: Cidr;
  readonly from: Place;
}

export const disagreements = (chart: Chart, evidence: EvidenceReader): readonly Found<Disagreement, Variant>[] => [
  ...odd('pods-differ', podsTold(chart, evidence)),
  ...odd('services-differ', servicesTold(chart)),
];

const firstIn = (texts: readonly string[]): Cidr | undefined => texts.map(parseIPv4Cidr).find(one => one !== undefined);

const told = (host: HostChart, program: Program, texts: readonly string[], from: Place): readonly Told[] => {
  const cidr = firstIn(texts);
  return cidr === undefined ? [] : [{ host: host.name, program, cidr, from }];
};

const podsTold = (chart: Chart, evidence: EvidenceReader): readonly Told[] => [
  ...hostsOf(chart).flatMap(host => {
    const [cni] = cniConfigs(host);
    return [
      ...told(host, kcm, flagsOf(host, kcm).inForce?.all('cluster-cidr') ?? [], 'processes'),
      ...told(host, 'kube-proxy', proxyNetworks(host), 'files'),
      ...(cni ? told(host, 'CNI', subnetsOf(cni), 'files') : []),
    ];
  }),
  ...ofDaemonSet(chart, evidence),
];

/** kubeadm's kube-proxy reads a ConfigMap, which is not a file of the host. */
const ofDaemonSet = (chart: Chart, evidence: EvidenceReader): readonly Told[] => {
  const maps = chart.api.objects.configmaps;
  const pods = hostsOf(chart).some(host => {
    const path = proxyConfigOf(host);
    return path !== undefined && 'value' in host.files && !host.files.value.some(file => file.path === path);
  });
  const all = maps && pods ? (evidence.read(maps) ?? []) : [];
  const text: unknown = at(
    all.find(one => one.metadata.namespace === 'kube-system' && one.metadata.name === 'kube-proxy'),
    'data',
    'config.conf',
  );
  const parsed = typeof text === 'string' ? readYaml(text) : undefined;
  const cidr = firstIn(
    String((parsed && 'value' in parsed ? at(parsed.value, 'clusterCIDR') : undefined) ?? '').split(','),
  );
  return maps && cidr !== undefined ? [{ host: 'cluster', program: 'kube-proxy', cidr, from: 'configmaps' }] : [];
};

const servicesTold = (chart: Chart): readonly Told[] =>
  hostsOf(chart, 'controlPlane').flatMap(host =>
    (['kube-apiserver', kcm] as const).flatMap(program =>
      told(host, program, flagsOf(host, program).inForce?.all('service-cluster-ip-range') ?? [], 'processes'),
    ),
  );

/**
 * The network that most of those name who name the whole of it; a share of it (CNI) agrees, and so does a wider
 * one.
 */
const common = (all: readonly Told[]): Told | undefined => {
  const whole = all.filter(one => one.program !== 'CNI');
  const votes = new Map<string, number>();
  for (const { cidr } of whole) votes.set(cidr, (votes.get(cidr) ?? 0) + 1);
  // Of two that have as many, the API servers' own.
  for (const cidr of new Set(whole.filter(one => one.program === 'kube-apiserver').map(one => one.cidr)))
    votes.set(cidr, (votes.get(cidr) ?? 0) + 0.5);
  return [...whole].sort((a, b) => (votes.get(b.cidr) ?? 0) - (votes.get(a.cidr) ?? 0))[0];
};

const odd = (variant: Variant, all: readonly Told[]): readonly Found<Disagreement, Variant>[] => {
  const right = common(all);
  if (!right) return [];
  const agrees = ({ cidr }: Told): boolean =>
    cidr === right.cidr || (variant === 'pods-differ' && (contains(right.cidr, cidr) || contains(cidr, right.cidr)));
  const others = { program: right.program, host: right.host, from: right.from };
  return all
    .filter(one => !agrees(one))
    .map(one => ({
      variant,
      host: one.host,
      subject: { program: one.program, told: one.cidr },
      facts: { program: one.program, told: one.cidr, from: one.from, right: right.cidr, others },
    }));
};

export const agreed = (finding: Found<Disagreement, Variant>, chart: Chart): Therapy | Refusal => {
  const { program, told: old, right } = finding.facts;
  const host = chart.hosts.get(finding.host);
  const want = host ? toldAgain(finding, host, chart) : [];
  return want.length > 0
    ? { title: `Tell ${program} on ${finding.host} ${right}, as the others know it`, risk: 'restart', want }
    : {
        refused: `${program} got ${old} from a place that only its owner may change`,
        advice: [
          program === 'CNI'
            ? `give the network provider ${right}: pods that have addresses of ${old} must be made anew`
            : `kubectl -n kube-system edit configmap kube-proxy: clusterCIDR: ${right}; kubectl -n kube-system ` +
              'rollout restart daemonset kube-proxy',
        ],
      };
};

const because = 'all components must know the same network';

const toldAgain = (
  { variant, facts: { program, right } }: Found<Disagreement, Variant>,
  host: HostChart,
  chart: Chart,
): readonly Resource[] => {
  if (program === 'CNI') return [];
  if (isOurs(chart)) {
    const config = program === 'kube-proxy' ? [proxyConfigOf(host) ?? ''] : [];
    return restoreAt(chart, host.name, `/etc/systemd/system/${program}.service`, ...config);
  }
  if (program === 'kube-proxy') return proxyAgain(host, right);
  const flag = variant === 'pods-differ' ? 'cluster-cidr' : 'service-cluster-ip-range';
  return flagSet(host, program, { [flag]: right }, because);
};

const proxyAgain = (host: HostChart, right: Cidr): readonly Resource[] => {
  const path = proxyConfigOf(host);
  const file = path === undefined ? undefined : editYaml(host, path, doc => doc.setIn(['clusterCIDR'], right), because);
  return file
    ? [
        file,
        freshUnit('kube-proxy.service', [file.key], { host: host.name, because, stage: 'nodes', after: [idOf(file)] }),
      ]
    : flagSet(host, 'kube-proxy', { 'cluster-cidr': right }, because);
};
