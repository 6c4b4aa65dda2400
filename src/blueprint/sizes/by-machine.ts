/** Settings that follow the machine: its memory, its processors, and what else runs there. */
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { sizeOf } from './by-hosts.js';

const mib = 2 ** 20;
const gib = 2 ** 30;

export interface Machine {
  /** 0: not known. */
  readonly memoryBytes: number;
  readonly cpus: number;
}

/**
 * Whole GiB: what the kernel keeps for itself is another number after each update of it, and no kubelet shall be
 * restarted for that.
 */
const rounded = (bytes: number): number => Math.ceil(bytes / gib) * gib;

/** As the kubelet writes it: `512Mi`. */
const inMi = (bytes: number): string => `${Math.floor(bytes / mib)}Mi`;

/**
 * Kept back for the kubelet, the runtime and its shims. 255 MiB and 11 MiB for each of 110 pods is what large providers
 * measured; a small machine gives a tenth, since it will not run so many.
 */
export const kubeReserved = ({ memoryBytes, cpus }: Machine): Readonly<Record<string, string>> => ({
  cpu: `${60 + 10 * Math.min(Math.max(cpus - 1, 0), 3) + 2 * Math.max(cpus - 4, 0)}m`,
  memory: inMi(Math.max(128 * mib, Math.min((255 + 11 * 110) * mib, rounded(memoryBytes) / 10))),
  'ephemeral-storage': '1Gi',
});

/** An API server of this many hosts and their pods, with the controllers beside it. */
const controlPlaneBytes = { small: 1 * gib, medium: 4 * gib, large: 12 * gib } as const;

/**
 * Kept back for the system, and on a control plane for the API server, its controllers and etcd: they are units beside
 * the pods, which no pod may starve. Never more than a quarter of the machine.
 */
export const systemReserved = (
  spec: Pick<ClusterSpec, 'hosts'>,
  { roles }: Pick<Host, 'roles'>,
  { memoryBytes }: Machine,
): Readonly<Record<string, string>> => {
  const memory = rounded(memoryBytes);
  const system = Math.max(100 * mib, Math.min(gib, memory / 20));
  const control = roles.includes('controlPlane') ? controlPlaneBytes[sizeOf(spec)] : 0;
  const store = roles.includes('etcd') ? gib / 2 : 0;
  return {
    cpu: `${100 + (roles.includes('controlPlane') ? 200 : 0) + (roles.includes('etcd') ? 100 : 0)}m`,
    memory: inMi(Math.min(system + control + store, Math.max(system, memory / 4))),
    'ephemeral-storage': '1Gi',
  };
};

/** All thresholds are named: one that is set alone would take the others away. */
export const evictionHard = ({ memoryBytes }: Machine): Readonly<Record<string, string>> => ({
  'memory.available': inMi(Math.max(100 * mib, Math.min(500 * mib, rounded(memoryBytes) / 20))),
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'pid.available': '5%',
});

/** Connections that the kernel follows: 32,768 for each GiB, about 1 % of the memory when all are taken. */
export const conntrackLeast = ({ memoryBytes }: Machine): number =>
  Math.max(131_072, Math.min(1_048_576, (rounded(memoryBytes) / gib) * 32_768));
