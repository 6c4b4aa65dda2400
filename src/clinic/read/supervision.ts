/** Who built a cluster, and who starts a program on one of its hosts: two questions. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { flagsOf } from './flags.js';
import { containerOf, staticPods } from './manifests.js';

/** Its cluster file is at hand, and so is what the blueprint wants of every host. */
export const isOurs = (chart: Chart): boolean => chart.spec !== undefined;

/** A unit of systemd, a static pod of the kubelet, or a pod of the API (a DaemonSet's, mostly). */
export type Supervision = 'unit' | 'static-pod' | 'pod';

/** By the process that runs, else by what would start it. undefined: nothing of it was seen. */
export const supervisionOf = (host: HostChart, program: string): Supervision | undefined => {
  const process = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  const manifest = staticPods(host).some(
    pod => pod.name === program || pod.name.startsWith(`${program}-`) || containerOf(pod, program) !== undefined,
  );
  if (process) return process.contained ? (manifest ? 'static-pod' : 'pod') : 'unit';
  if (manifest) return 'static-pod';
  return flagsOf(host, program).source === undefined ? undefined : 'unit';
};

export const isContained = (host: HostChart, program: string): boolean =>
  ['static-pod', 'pod'].includes(supervisionOf(host, program) ?? '');
