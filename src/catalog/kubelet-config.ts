/** Fields of KubeletConfiguration that came after 1.20; a kubelet refuses a file with a field it does not know. */
import { minorOf } from './versions.js';

/** Field → first minor that knows it. Only fields we render or that owners ask for often. Source: kubelet API reference by minor. */
const since: ReadonlyMap<string, number> = new Map(Object.entries({
  memorySwap: 22, seccompDefault: 22, registerWithTaints: 23, registerNode: 23, shutdownGracePeriodByPodPriority: 23,
  tracing: 25, localStorageCapacityIsolation: 25, containerRuntimeEndpoint: 27, imageServiceEndpoint: 27,
  maxParallelImagePulls: 27, enableSystemLogQuery: 27, imageMaximumGCAge: 29, containerLogMaxWorkers: 30,
  containerLogMonitorInterval: 30, failCgroupV1: 31, singleProcessOOMKill: 32, crashLoopBackOff: 32,
}));

/** The first minor that knows the field; undefined: older than this catalog, or unknown to it. */
export const kubeletFieldSince = (field: string): string | undefined => {
  const minor = since.get(field);
  return minor === undefined ? undefined : `1.${minor}`;
};

/** True for fields the catalog has not heard of: it must not refuse what it does not know. */
export const hasKubeletField = (field: string, version: string): boolean => (since.get(field) ?? 0) <= minorOf(version);
