/** One network, told to several components: each must be told the same. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs } from '../../../read/cni.js';
import type { Eyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { lies, network4 } from '../../../read/networks.js';
import { subnetsOf } from '../../../read/pod-networks.js';
import { shown } from '../../../read/shown.js';
import { at, readYaml } from '../../../read/yaml.js';
import { freshUnit } from '../../../therapies/files.js';
import { editYaml, flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Evidence } from '../../../../model/fact.js';
import { idOf } from '../../../../model/resource.js';
import type { Finding } from '../../../examine/verdict.js';
import { proxyConfigOf, proxyNetworks } from './proxy.js';

const kcm = 'kube-controller-manager';
const kinds = { pods: 'pods-differ', services: 'services-differ' } as const;

interface Told {
  readonly host: string;
  readonly program: string;
  readonly cidr: string;
  readonly evidence: Evidence;
}

export const disagreements = (chart: Chart, eyes: Eyes): readonly Finding[] => [
  ...odd(kinds.pods, 'pods', podsTold(chart, eyes)),
  ...odd(kinds.services, 'services', servicesTold(chart)),
];

const told = (host: HostChart, program: string, cidrs: readonly string[], evidence: Evidence): readonly Told[] => {
  const cidr = cidrs.find(one => network4(one) !== undefined);
  return cidr === undefined ? [] : [{ host: host.name, program, cidr, evidence }];
};

const podsTold = (chart: Chart, eyes: Eyes): readonly Told[] => [
  ...hostsOf(chart).flatMap(host => {
    const [cni] = cniConfigs(host);
    return [
      ...told(host, kcm, flagsOf(host, kcm).inForce?.all('cluster-cidr') ?? [], host.processes),
      ...told(host, 'kube-proxy', proxyNetworks(host), host.files),
      ...(cni ? told(host, 'CNI', subnetsOf(cni), host.files) : []),
    ];
  }),
  ...ofDaemonSet(chart, eyes),
];

/** kubeadm's kube-proxy reads a ConfigMap, which is no file of the host. */
const ofDaemonSet = (chart: Chart, eyes: Eyes): readonly Told[] => {
  const maps = chart.api.objects.configmaps;
  const pods = hostsOf(chart).some(host => {
    const path = proxyConfigOf(host);
    return path !== undefined && 'value' in host.files && !host.files.value.some(file => file.path === path);
  });
  const all = maps && pods ? (eyes.see(maps) ?? []) : [];
  const text: unknown = at(
    all.find(one => one.metadata.namespace === 'kube-system' && one.metadata.name === 'kube-proxy'),
    'data',
    'config.conf',
  );
  const parsed = typeof text === 'string' ? readYaml(text) : undefined;
  const cidr = String((parsed && 'value' in parsed ? at(parsed.value, 'clusterCIDR') : undefined) ?? '')
    .split(',')
    .find(one => network4(one) !== undefined);
  return maps && cidr !== undefined ? [{ host: 'cluster', program: 'kube-proxy', cidr, evidence: maps }] : [];
};

const servicesTold = (chart: Chart): readonly Told[] =>
  hostsOf(chart, 'controlPlane').flatMap(host =>
    ['kube-apiserver', kcm].flatMap(program =>
      told(host, program, flagsOf(host, program).inForce?.all('service-cluster-ip-range') ?? [], host.processes),
    ),
  );

/** The network that most of those name who name the whole of it; a share of it (CNI) agrees, and so does a wider one. */
const common = (all: readonly Told[]): Told | undefined => {
  const whole = all.filter(one => one.program !== 'CNI');
  const votes = new Map<string, number>();
  for (const { cidr } of whole) votes.set(cidr, (votes.get(cidr) ?? 0) + 1);
  // Of two that have as many, the API servers' own.
  for (const cidr of new Set(whole.filter(one => one.program === 'kube-apiserver').map(one => one.cidr)))
    votes.set(cidr, (votes.get(cidr) ?? 0) + 0.5);
  return [...whole].sort((a, b) => (votes.get(b.cidr) ?? 0) - (votes.get(a.cidr) ?? 0))[0];
};

const odd = (variant: string, whose: string, all: readonly Told[]): readonly Finding[] => {
  const right = common(all);
  if (!right) return [];
  const agrees = (one: Told): boolean =>
    one.cidr === right.cidr || (variant === kinds.pods && (lies(one.cidr, right.cidr) || lies(right.cidr, one.cidr)));
  return all
    .filter(one => !agrees(one))
    .map(one => ({
      variant,
      host: one.host,
      subject: `${one.program} ${one.cidr}`,
      says: `${one.program}${one.host === 'cluster' ? '' : ` on ${one.host}`} is told that ${whose} have ${one.cidr}, but ${right.program} on ${right.host} ${right.cidr}`,
      shows: [shown(one.evidence, one.program, one.cidr), shown(right.evidence, right.program, right.cidr)],
    }));
};

export const agreed = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const [program = '', old = ''] = finding.subject.split(' ');
  const right = /([\d./]+)$/.exec(finding.says)?.[1] ?? '';
  const want =
    !host || program === 'CNI'
      ? []
      : layout(chart) === 'kubewizard'
        ? restoreAt(
            chart,
            host.name,
            `/etc/systemd/system/${program}.service`,
            ...(program === 'kube-proxy' ? [proxyConfigOf(host) ?? ''] : []),
          )
        : program === 'kube-proxy'
          ? proxyAgain(host, right)
          : flagSet(
              host,
              program,
              { [finding.variant === kinds.pods ? 'cluster-cidr' : 'service-cluster-ip-range']: right },
              'all components must know the same network',
            );
  return want.length > 0
    ? { title: `Tell ${program} on ${finding.host} ${right}, as the others know it`, risk: 'restart', want }
    : {
        refused: `${program} got ${old} from a place that only its owner may change`,
        advice: [
          program === 'CNI'
            ? `give the network provider ${right}: pods that have addresses of ${old} must be made anew`
            : `kubectl -n kube-system edit configmap kube-proxy: clusterCIDR: ${right}; kubectl -n kube-system rollout restart daemonset kube-proxy`,
        ],
      };
};

const proxyAgain = (host: HostChart, right: string) => {
  const path = proxyConfigOf(host);
  const because = 'all components must know the same network';
  const file = path === undefined ? undefined : editYaml(host, path, doc => doc.setIn(['clusterCIDR'], right), because);
  return file
    ? [
        file,
        freshUnit('kube-proxy.service', [file.key], { host: host.name, because, stage: 'nodes', after: [idOf(file)] }),
      ]
    : flagSet(host, 'kube-proxy', { 'cluster-cidr': right }, because);
};
