/** Feature gates that a component is given: by the flag of whatever starts it, or by the kubelet's configuration. */
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { at } from '../../../read/yaml.js';

export const programs = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const;
export type Program = (typeof programs)[number];

export interface Given {
  readonly gate: string;
  readonly value: string;
  readonly in: 'flag' | 'config';
  /** The file that says so. */
  readonly source: string;
  /** `gate=value` of the whole flag. */
  readonly all: readonly string[];
}

export const gateName = /^[A-Za-z]\w{2,80}$/;

export const givenTo = (host: HostChart, program: Program): readonly Given[] => {
  const { disk, source } = flagsOf(host, program);
  const all = disk?.all('feature-gates') ?? [];
  return [
    ...all.flatMap((word): readonly Given[] => {
      const [, gate, value] = /^(?:kube:)?([A-Za-z]\w{2,80})=(\w+)$/.exec(word.trim()) ?? [];
      return gate === undefined || value === undefined || source === undefined
        ? []
        : [{ gate, value, in: 'flag', source, all }];
    }),
    ...(program === 'kubelet' ? ofKubelet(host) : []),
  ];
};

const ofKubelet = (host: HostChart): readonly Given[] => {
  const { path, config } = kubeletOf(host);
  const gates: unknown = at(config, 'featureGates');
  return gates !== null && typeof gates === 'object'
    ? Object.entries(gates)
        .filter(([gate]) => gateName.test(gate))
        .map(([gate, value]) => ({ gate, value: String(value), in: 'config' as const, source: path, all: [] }))
    : [];
};

/** What remains of the flag; null: nothing does. */
export const others = ({ all }: Given, gate: string): string | null => {
  const rest = all.filter(
    word =>
      !word
        .trim()
        .replace(/^kube:/, '')
        .startsWith(`${gate}=`),
  );
  return rest.length === 0 ? null : rest.join(',');
};
