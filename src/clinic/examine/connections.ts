/**
 * Every connection of the cluster, proven from both ends: how many are sound, which are not, and how many could not be
 * seen whole.
 */
import type { Chart } from '../chart/chart.js';
import { type Edge, everyEdge, isWhole, type Judge, proveEdge, type Proof } from '../edges/prove.js';
import { chainFaults } from '../read/trust.js';
import { permissionText, whoText } from '../read/who.js';

export interface Connections {
  readonly sound: number;
  readonly unseen: number;
  readonly broken: number;
  /** The first of the broken ones, each with all that is wrong with it. */
  readonly examples: readonly { readonly from: string; readonly to: string; readonly why: readonly string[] }[];
}

const most = 20;

/** Every edge with its proof; made once for a chart. */
export const provenEdges = (chart: Chart): readonly { readonly edge: Edge; readonly proof: Proof }[] => {
  const judge = remembering();
  const found = proven.get(chart) ?? everyEdge(chart).map(edge => ({ edge, proof: proveEdge(edge, chart, judge) }));
  proven.set(chart, found);
  return found;
};

const proven = new WeakMap<Chart, ReturnType<typeof provenEdges>>();

export const connectionsOf = (chart: Chart): Connections => {
  const all = provenEdges(chart);
  const broken = all.filter(({ proof }) => !isWhole(proof));
  const unseen = all.filter(({ proof }) => isWhole(proof) && proof.missing.length > 0).length;
  return {
    sound: all.length - broken.length - unseen,
    unseen,
    broken: broken.length,
    examples: broken.slice(0, most).map(({ edge, proof }) => ({
      from: `${edge.client.program} on ${edge.client.host}`,
      to: `${edge.server.program} on ${edge.server.host} (${edge.dials})`,
      why: whyOf(edge, proof),
    })),
  };
};

export const whyOf = (edge: Edge, { server, client, name, who, meant, refused }: Proof): readonly string[] => [
  ...server.map(one => `the client refuses the server: ${one.says}`),
  ...client.map(one => `the server refuses the client: ${one.says}`),
  ...(name === undefined ? [] : [`the server's certificate does not name ${name}`]),
  ...(who && meant !== undefined
    ? [`the server sees ${whoText(who)} in ${edge.client.source}, and must see ${meant}`]
    : []),
  ...(who && refused.length > 0 ? [`RBAC does not let ${whoText(who)} ${refused.map(permissionText).join(', ')}`] : []),
];

/** A thousand kubelets verify the same three servers: each pair of chain and roots is judged once. */
const remembering = (): Judge => {
  const known = new Map<string, ReturnType<Judge>>();
  return (chain, roots, now, purpose) => {
    const key = [purpose, ...chain.map(one => one.fingerprint), '/', ...roots.map(one => one.fingerprint)].join(' ');
    const found = known.get(key) ?? chainFaults(chain, roots, now, purpose);
    known.set(key, found);
    return found;
  };
};
