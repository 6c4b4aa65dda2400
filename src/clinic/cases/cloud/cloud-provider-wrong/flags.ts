/** `--cloud-provider` of every component that takes it. */
import { minorOf } from '../../../../catalog/index.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { Eyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, kubernetesVersion } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import type { Finding } from '../../../examine/verdict.js';

/** In-tree providers and the first minor without them (CHANGELOGs 1.21 to 1.31; all are gone in 1.31). */
const inTree: Readonly<Record<string, number>> = {
  aws: 27,
  azure: 30,
  gce: 31,
  vsphere: 30,
  openstack: 26,
  cloudstack: 13,
  ovirt: 13,
  photon: 13,
};

interface Said {
  readonly host: HostChart;
  readonly program: string;
  readonly provider: string;
  readonly config: string | undefined;
}

export const flags = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const said = providers(chart, eyes);
  const version = kubernetesVersion(chart);
  const minor = version === undefined ? undefined : minorOf(version);
  if (minor === undefined) eyes.note('cluster', 'version', 'no component said which Kubernetes runs here');
  const wrong = said.flatMap(one => ofOne(one, minor, eyes));
  return [
    ...wrong,
    ...differing(said.filter(one => !wrong.some(each => each.host === one.host.name && each.subject === one.program))),
  ];
};

export const providers = (chart: Chart, eyes: Eyes): readonly Said[] =>
  hostsOf(chart).flatMap(host => {
    eyes.see(host.processes);
    eyes.see(host.files);
    return ['kube-apiserver', 'kube-controller-manager', 'kubelet'].flatMap(program => {
      const now = flagsOf(host, program).inForce;
      return now ? [{ host, program, provider: now.get('cloud-provider') ?? '', config: now.get('cloud-config') }] : [];
    });
  });

function ofOne({ host, program, provider, config }: Said, minor: number | undefined, eyes: Eyes): readonly Finding[] {
  if (provider === '') return [];
  const finding = (variant: string, says: string): Finding => ({
    variant,
    host: host.name,
    subject: program,
    says,
    shows: [
      shown(
        host.processes,
        program,
        `--cloud-provider=${provider}${config === undefined ? '' : ` --cloud-config=${config}`}`,
      ),
    ],
  });
  const gone = inTree[provider];
  if (provider !== 'external' && gone === undefined)
    return [
      finding(
        'unknown',
        `${program} on ${host.name} runs with --cloud-provider=${provider}, and Kubernetes knows no such provider: it knows "", external and, while they lasted, ${Object.keys(inTree).join(', ')}`,
      ),
    ];
  if (gone !== undefined && minor !== undefined && minor >= gone)
    return [
      finding(
        'gone',
        `${program} on ${host.name} runs with --cloud-provider=${provider}, which is gone since 1.${gone}; this is 1.${minor}`,
      ),
    ];
  if (provider === 'external' || config === undefined) return [];
  return eyes.file(host, config) === null
    ? [finding('configuration', `${program} on ${host.name} reads --cloud-config=${config}, which is not there`)]
    : [];
}

/** `external` on the kubelets goes with none on the others; an in-tree provider must be everywhere the same. */
function differing(said: readonly Said[]): readonly Finding[] {
  const manager = said.filter(one => one.program === 'kube-controller-manager');
  const names = (all: readonly Said[]): readonly string[] => [...new Set(all.map(one => one.provider))];
  const kubelets = said.filter(one => one.program === 'kubelet');
  const usual = (all: readonly Said[]): string =>
    [...names(all)].sort(
      (a, b) => all.filter(one => one.provider === b).length - all.filter(one => one.provider === a).length,
    )[0] ?? '';
  const most = usual(kubelets);
  return [...said].flatMap((one): readonly Finding[] => {
    const [other, whose] =
      one.program === 'kubelet'
        ? [most, 'the other kubelets']
        : one.program === 'kube-controller-manager'
          ? [usual(manager), 'the other controller managers']
          : [one.provider, ''];
    const withinKind = one.provider !== other;
    // A manager without its own loops beside external kubelets is right; an in-tree one beside kubelets of another mind is not.
    const across = one.program === 'kube-controller-manager' && !fits(one.provider, most);
    return !withinKind && !across
      ? []
      : [
          {
            variant: 'differs',
            host: one.host.name,
            subject: one.program,
            says: `${one.program} on ${one.host.name} runs with --cloud-provider=${one.provider || '""'}, but ${withinKind ? `${whose} with ${other || '""'}` : `the kubelets with ${most || '""'}`}`,
            shows: [shown(one.host.processes, one.program, `--cloud-provider=${one.provider}`)],
          },
        ];
  });
}

const fits = (manager: string, kubelets: string): boolean =>
  manager === kubelets || (manager === '' && kubelets === 'external') || (manager === 'external' && kubelets === '');
