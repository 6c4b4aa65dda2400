/** Control planes as their static pods are written, and what kubeadm's upgrades have left beside them. */
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, hostsOf } from '../../../read/hosts.js';
import { containerOf, staticPods } from '../../../read/manifests.js';

const programs = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
type Program = (typeof programs)[number];

export interface Plane {
  readonly host: HostChart;
  readonly components: readonly { readonly program: Program; readonly version: string }[];
  /** A folder of kubeadm's upgrades. */
  readonly trace?: string;
  /** All that runs of them is older than an hour: nobody is upgrading this host. */
  readonly settled: boolean;
}

const settledMs = 3_600_000;

/** Those whose control plane stands in manifests, by the tags of their images. */
export const planesOf = (chart: Chart, evidence: EvidenceReader): readonly Plane[] =>
  hostsOf(chart, 'controlPlane').flatMap(host => {
    const [files, processes] = [evidence.read(host.files), evidence.read(host.processes)];
    if (!files || !processes) return [];
    const components = programs.flatMap(program => {
      const version = versionOf(host, program);
      return version === undefined ? [] : [{ program, version }];
    });
    const trace = files
      .map(file => /^\/etc\/kubernetes\/tmp\/kubeadm-(?:upgraded|backup)-manifests[^/]*/.exec(file.path)?.[0])
      .find(folder => folder !== undefined);
    const own = processes.filter(one => programs.some(program => program === one.program));
    const settled = own.every(one => Date.parse(chart.now) - Date.parse(one.startedAt) > settledMs);
    return components.length === 0 ? [] : [{ host, components, settled, ...(trace !== undefined && { trace }) }];
  });

const versionOf = (host: HostChart, program: Program): string | undefined => {
  for (const pod of staticPods(host)) {
    const image = pod.problem === undefined ? containerOf(pod, program)?.image : undefined;
    if (image !== undefined) return bare(/:(v?\d[^@/]*)(?:@|$)/.exec(image)?.[1]?.replace(/^v?/, 'v') ?? '');
  }
  return undefined;
};

export const plane = (one: Plane, program: Program): string | undefined =>
  one.components.find(each => each.program === program)?.version;
