/** Settings that follow the number of hosts, in three coarse steps: a host more must not restart the others. */
import type { ClusterSpec } from '../../model/cluster.js';

/** A cluster of a rack, of a hall, or of thousands. Bounds are not round, so that growth to a round number stays. */
export type Size = 'small' | 'medium' | 'large';

export const sizeOf = ({ hosts }: Pick<ClusterSpec, 'hosts'>): Size =>
  hosts.length <= 128 ? 'small' : hosts.length <= 1024 ? 'medium' : 'large';

export interface BySize {
  /** API server: requests at once. With priority and fairness only the sum counts. */
  readonly inflight: { readonly reads: number; readonly writes: number };
  /** Controller manager: calls a second. 20 sign 11 certificates of joining hosts a second, 500 sign 147. */
  readonly controllerQps: { readonly qps: number; readonly burst: number };
  /** Ended pods that are kept to be looked at. */
  readonly endedPods: number;
  /** Events a second that the API server takes: in all, of one namespace (nodes' events are all in `default`). */
  readonly events: { readonly server: number; readonly namespace: number };
  /** Neighbours that the kernel keeps, begins to forget, and never exceeds: hosts of the segment and pods. */
  readonly neighbours: readonly [low: number, soft: number, hard: number];
  /** Connections through a load balancer of the API: kubelet, proxy and agents hold up to six each. */
  readonly connections: number;
}

const table: Readonly<Record<Size, BySize>> = {
  small: {
    inflight: { reads: 400, writes: 200 },
    controllerQps: { qps: 50, burst: 100 },
    endedPods: 1000,
    events: { server: 500, namespace: 100 },
    neighbours: [4096, 8192, 16384],
    connections: 16384,
  },
  medium: {
    inflight: { reads: 800, writes: 400 },
    controllerQps: { qps: 100, burst: 200 },
    endedPods: 5000,
    events: { server: 1000, namespace: 500 },
    neighbours: [8192, 16384, 32768],
    connections: 16384,
  },
  large: {
    inflight: { reads: 1600, writes: 800 },
    controllerQps: { qps: 500, burst: 500 },
    endedPods: 12500,
    events: { server: 5000, namespace: 2500 },
    neighbours: [80000, 90000, 100000],
    connections: 32768,
  },
};

export const bySize = (spec: Pick<ClusterSpec, 'hosts'>): BySize => table[sizeOf(spec)];
