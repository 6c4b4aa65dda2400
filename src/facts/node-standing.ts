/** Whether a Node is there, whether it is Ready, and at which addresses it says to be. */
import { z } from 'zod';
import type { Fact } from '../model/fact.js';

export type NodeStanding =
  | { readonly is: 'absent' }
  /** No API server answers, it refuses, or what it says is no Node. */
  | { readonly is: 'unseen' }
  | { readonly is: 'node'; readonly ready: boolean; readonly addresses: readonly string[] };

export const nodeStanding = (node: string): Fact<NodeStanding> => ({
  id: `node-standing:${node}`,
  question: { ask: 'api', path: `/api/v1/nodes/${encodeURIComponent(node)}` },
  parse: readNode,
});

const shape = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).nullish(),
  }),
});
const envelope = z.object({ status: z.number(), body: z.unknown() });

function readNode(output: string): NodeStanding {
  const answer = envelope.safeParse(json(output));
  if (!answer.success) return { is: 'unseen' };
  if (answer.data.status === 404) return { is: 'absent' };
  const node = shape.safeParse(answer.data.body);
  if (answer.data.status !== 200 || !node.success) return { is: 'unseen' };
  const { conditions, addresses } = node.data.status;
  return {
    is: 'node',
    ready: (conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True'),
    addresses: (addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
  };
}

function json(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}
