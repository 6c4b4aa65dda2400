/** `--cloud-provider` of every component that takes it. */
import { minorOf } from '../../../../catalog/index.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, kubernetesVersion } from '../../../read/hosts.js';
import { type Facts, type Flagged, inTree, programs } from './facts.js';

interface ProviderSeen {
  readonly host: HostChart;
  readonly program: (typeof programs)[number];
  readonly provider: string;
  readonly config: string | undefined;
}

export const flags = (chart: Chart, evidence: EvidenceReader): readonly Flagged[] => {
  const seen = providers(chart, evidence);
  const version = kubernetesVersion(chart);
  const minor = version === undefined ? undefined : minorOf(version);
  if (minor === undefined) evidence.note('cluster', 'version', 'no component said which Kubernetes runs here');
  const wrong = seen.flatMap(one => ofOne(one, minor, evidence));
  return [
    ...wrong,
    ...differing(
      seen.filter(one => !wrong.some(each => each.host === one.host.name && each.facts.program === one.program)),
    ),
  ];
};

export const providers = (chart: Chart, evidence: EvidenceReader): readonly ProviderSeen[] =>
  hostsOf(chart).flatMap(host => {
    evidence.read(host.processes);
    evidence.read(host.files);
    return programs.flatMap((program): readonly ProviderSeen[] => {
      const now = flagsOf(host, program).inForce;
      return now ? [{ host, program, provider: now.get('cloud-provider') ?? '', config: now.get('cloud-config') }] : [];
    });
  });

function ofOne(
  { host, program, provider, config }: ProviderSeen,
  minor: number | undefined,
  evidence: EvidenceReader,
): readonly Flagged[] {
  if (provider === '') return [];
  const told = { program, provider };
  const given = { ...told, config };
  const found = {
    host: host.name,
    subject: { program },
  };
  const goneSince = inTree[provider];
  if (provider !== 'external' && goneSince === undefined) return [{ variant: 'unknown', ...found, facts: given }];
  if (goneSince !== undefined && minor !== undefined && minor >= goneSince)
    return [{ variant: 'gone', ...found, facts: { ...given, goneSince, minor } }];
  if (provider === 'external' || config === undefined) return [];
  return evidence.file(host, config) === null
    ? [{ variant: 'configuration', ...found, facts: { ...told, config } }]
    : [];
}

/** `external` on the kubelets goes with none on the others; an in-tree provider must be everywhere the same. */
function differing(seen: readonly ProviderSeen[]): readonly Flagged[] {
  const manager = seen.filter(one => one.program === 'kube-controller-manager');
  const names = (all: readonly ProviderSeen[]): readonly string[] => [...new Set(all.map(one => one.provider))];
  const kubelets = seen.filter(one => one.program === 'kubelet');
  const usual = (all: readonly ProviderSeen[]): string =>
    [...names(all)].sort(
      (a, b) => all.filter(one => one.provider === b).length - all.filter(one => one.provider === a).length,
    )[0] ?? '';
  const most = usual(kubelets);
  return [...seen].flatMap((one): readonly Flagged[] => {
    const [other, than]: readonly [string, Facts['differs']['than']] =
      one.program === 'kubelet'
        ? [most, 'the other kubelets']
        : one.program === 'kube-controller-manager'
          ? [usual(manager), 'the other controller managers']
          : [one.provider, 'the kubelets'];
    const withinKind = one.provider !== other;
    // A manager without its own loops beside external kubelets is right; an in-tree one beside kubelets of another
    // mind is not.
    const across = one.program === 'kube-controller-manager' && !fits(one.provider, most);
    return !withinKind && !across
      ? []
      : [
          {
            variant: 'differs',
            host: one.host.name,
            subject: { program: one.program },
            facts: {
              program: one.program,
              provider: one.provider,
              ...(withinKind ? { than, other } : { than: 'the kubelets', other: most }),
            },
          },
        ];
  });
}

const fits = (manager: string, kubelets: string): boolean =>
  manager === kubelets || (manager === '' && kubelets === 'external') || (manager === 'external' && kubelets === '');
