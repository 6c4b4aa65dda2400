/** Files of a program in a container: whether a path that it names is the same one on its host. */
import type { HostChart } from '../chart/host-chart.js';
import type { EvidenceReader } from './evidence-reader.js';
import { containerOf, staticPods } from './manifests.js';

/** True, and noted: it lies elsewhere on the host, or no manifest says where (OpenShift; containers of Docker's). */
export const isElsewhere = (host: HostChart, program: string, path: string, evidence: EvidenceReader): boolean => {
  const running = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  if (!running?.contained) return false;
  const container = staticPods(host).flatMap(pod => containerOf(pod, program) ?? [])[0];
  const [at = '', from = ''] =
    Object.entries(container?.mounts ?? {})
      .filter(([one]) => path === one || path.startsWith(`${one.replace(/\/$/, '')}/`))
      .sort(([a], [b]) => b.length - a.length)[0] ?? [];
  if (container && at.replace(/\/$/, '') === from.replace(/\/$/, '')) return false;
  evidence.note(host.name, path, `${program} reads it in its container, and where it lies on the host was not seen`);
  return true;
};
