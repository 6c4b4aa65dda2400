/** Whether the API server would believe who answers for a webhook or an aggregated API: by the bundle alone, and by what a host's own port serves. */
import type { Chart } from '../chart/chart.js';
import { proveEdge } from './prove.js';
import type { Eyes } from '../read/eyes.js';
import { day } from '../read/shown.js';
import { backendEdges, bundleOf } from './backends.js';

/** Why not; undefined: it would, as far as is seen. `source` as in `Edge.client`. */
export const unverified = (
  chart: Chart,
  kind: 'apiserver-webhook' | 'apiserver-aggregated',
  source: string,
  caBundle: unknown,
  eyes: Eyes,
): string | undefined => {
  const bundle = bundleOf(caBundle);
  if (!bundle) return undefined;
  const last = bundle
    .map(one => one.notAfter)
    .sort()
    .at(-1);
  if (last === undefined) return 'its caBundle holds no certificate';
  if (last < chart.now) return `its caBundle expired on ${day(last)}`;
  for (const edge of backendEdges(chart).filter(one => one.kind === kind && one.client.source === source)) {
    const behind = chart.hosts.get(edge.server.host);
    if (!behind) continue; // a pod of its own network: nobody looked at what it serves
    eyes.see(behind.served);
    const { server, name } = proveEdge(edge, chart);
    if (server[0])
      return `its caBundle does not verify what ${behind.name} serves on port ${edge.server.port}: ${server[0].says}`;
    if (name !== undefined) return `what ${behind.name} serves on port ${edge.server.port} does not name ${name}`;
  }
  return undefined;
};
