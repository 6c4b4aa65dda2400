/** Every connection of a cluster as an edge from client to server, with what each end shows and trusts. */
import type { Certificate } from '../../pki/certificate.js';
import type { ChainReason } from '../../pki/chain.js';
import type { Chart } from '../chart/chart.js';
import type { Edge, Held } from './edge.js';
import { backendEdges } from './backends.js';
import { controlEdges } from './control.js';
import { apiClientEdges } from './api-clients.js';
import { type Rights, rightsOn } from './rights.js';
import { runtimeEdges } from './runtime.js';
import type { Missing } from '../examine/verdict.js';
import { missingOf } from '../examine/verdict.js';
import { chainFaults, covers } from '../read/trust.js';

export type { Edge, EdgeKind, Held } from './edge.js';

/** Chain, dates, usage and name in both directions, and whom the server sees and what it lets them do. */
export interface Proof extends Rights {
  /** Why the client refuses the server: chain, dates, usage. */
  readonly server: readonly ChainReason[];
  /** The name that the server's certificate lacks. */
  readonly name?: string;
  /** Why the server refuses the client. */
  readonly client: readonly ChainReason[];
}

/** Those between the cluster's own components: hosts and files alone tell of them. */
export const edgesOf = (chart: Chart): readonly Edge[] => {
  const found = known.get(chart) ?? [...apiClientEdges(chart), ...controlEdges(chart), ...runtimeEdges(chart)];
  known.set(chart, found);
  return found;
};

/** Also those to what is installed in the cluster: webhooks and aggregated APIs. */
export const everyEdge = (chart: Chart): readonly Edge[] => [...edgesOf(chart), ...backendEdges(chart)];

const known = new WeakMap<Chart, readonly Edge[]>();

/** As `chainFaults`; one that remembers what it has judged already spares a large cluster the same signatures again. */
export type Judge = typeof chainFaults;

export const proveEdge = (edge: Edge, chart: Chart, judge: Judge = chainFaults): Proof => {
  const missing: Missing[] = [];
  const see = (held: Held | undefined): readonly Certificate[] | undefined => {
    if (!held) return undefined;
    if ('value' in held.certificates) return held.certificates.value;
    missing.push(missingOf(held.certificates));
    return undefined;
  };
  const [trusts, shows, presents, accepts] = [
    edge.clientTrusts,
    edge.serverShows,
    edge.clientShows,
    edge.serverTrusts,
  ].map(see);
  const leaf = shows?.[0];
  const rights = rightsOn(edge, chart);
  return {
    ...rights,
    server: shows && trusts ? judge(shows, trusts, chart.now, 'server') : [],
    ...(leaf && edge.clientTrusts && !covers(leaf, edge.dials) ? { name: edge.dials } : {}),
    client: presents && accepts ? judge(presents, accepts, chart.now, 'client') : [],
    missing: [...missing, ...rights.missing],
  };
};

export const isSound = (proof: Proof): boolean => isWhole(proof) && proof.missing.length === 0;

/** Nothing that was seen of it is wrong. */
export const isWhole = ({ server, client, name, meant, refused }: Proof): boolean =>
  server.length + client.length + refused.length === 0 && name === undefined && meant === undefined;
