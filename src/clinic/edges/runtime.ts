/** A kubelet calls its runtime through a socket of the host: no certificates, only a path that both must mean. */
import type { Chart } from '../chart/chart.js';
import type { Edge } from './edge.js';
import { nodesOf } from '../read/hosts.js';
import { kubeletOf } from '../read/kubelet.js';
import { runtimeKind } from '../read/runtime.js';

export const runtimeEdges = (chart: Chart): readonly Edge[] =>
  nodesOf(chart).flatMap((host): readonly Edge[] => {
    const kubelet = kubeletOf(host);
    const dials: unknown = kubelet.value('containerRuntimeEndpoint', 'container-runtime-endpoint');
    if (typeof dials !== 'string' || dials === '') return [];
    const kind = runtimeKind(host) ?? 'other';
    return [
      {
        kind: 'kubelet-runtime',
        dials,
        client: { host: host.name, program: 'kubelet', source: kubelet.path },
        server: { host: host.name, program: kind === 'docker' ? 'dockerd' : kind, address: dials, port: 0 },
        serverShows: { path: dials, certificates: { host: host.name, source: dials, at: chart.now, value: [] } },
      },
    ];
  });
