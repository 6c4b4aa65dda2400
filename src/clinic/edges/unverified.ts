/**
 * Whether the API server would believe who answers for a webhook or an aggregated API: by the bundle alone, and by what
 * a host's own port serves.
 */
import type { ChainReason } from '../../pki/chain.js';
import type { Chart } from '../chart/chart.js';
import { proveEdge } from './prove.js';
import type { EvidenceReader } from '../read/evidence-reader.js';
import { day } from '../read/shown.js';
import { backendEdges, bundleOf } from './backends.js';

/**
 * Why a caBundle does not verify its backend. `notAfter`: ISO 8601, of its last certificate; `host` and `port`: who
 * answers.
 */
export type Unverified =
  | { readonly why: 'empty' }
  | { readonly why: 'expired'; readonly notAfter: string }
  | { readonly why: 'chain'; readonly host: string; readonly port: number; readonly reason: ChainReason }
  | { readonly why: 'name'; readonly host: string; readonly port: number; readonly dialled: string };

/** undefined: it would believe, as far as is seen. `source` as in `Edge.client`. */
export const unverified = (
  chart: Chart,
  kind: 'apiserver-webhook' | 'apiserver-aggregated',
  source: string,
  caBundle: unknown,
  evidence: EvidenceReader,
): Unverified | undefined => {
  const bundle = bundleOf(caBundle);
  if (!bundle) return undefined;
  const notAfter = bundle
    .map(one => one.notAfter)
    .sort()
    .at(-1);
  if (notAfter === undefined) return { why: 'empty' };
  if (notAfter < chart.now) return { why: 'expired', notAfter };
  for (const edge of backendEdges(chart).filter(one => one.kind === kind && one.client.source === source)) {
    const behind = chart.hosts.get(edge.server.host);
    if (!behind) continue; // a pod of its own network: nobody looked at what it serves
    evidence.read(behind.served);
    const { server, name } = proveEdge(edge, chart);
    const at = { host: behind.name, port: edge.server.port };
    if (server[0]) return { why: 'chain', ...at, reason: server[0] };
    if (name !== undefined) return { why: 'name', ...at, dialled: name };
  }
  return undefined;
};

export const unverifiedText = (one: Unverified): string => {
  switch (one.why) {
    case 'empty':
      return 'its caBundle holds no certificate';
    case 'expired':
      return `its caBundle expired on ${day(one.notAfter)}`;
    case 'chain':
      return `its caBundle does not verify what ${one.host} serves on port ${one.port}: ${one.reason.says}`;
    case 'name':
      return `what ${one.host} serves on port ${one.port} does not name ${one.dialled}`;
  }
};
