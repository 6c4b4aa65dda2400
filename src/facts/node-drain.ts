/** A Node as whoever drains it must know it. */
import { z } from 'zod';
import { type DrainMark, drainAnnotation, markIn } from '../model/drain.js';
import type { Fact } from '../model/fact.js';

export type NodeDrain =
  | { readonly is: 'absent' }
  /** No API server answers, it refuses, or what it says is no Node: the node may well be cordoned. */
  | { readonly is: 'unseen'; readonly status: number }
  | {
      readonly is: 'node';
      readonly unschedulable: boolean;
      readonly mark: DrainMark;
      /** Of the kubelet that runs there: `1.36.3`. */
      readonly kubelet?: string;
      /** `2.4.2`, of containerd alone. */
      readonly containerd?: string;
      readonly version: string;
    };

export const nodePath = (node: string): string => `/api/v1/nodes/${node}`;

export const nodeDrain = (node: string): Fact<NodeDrain> => ({
  id: `node-drain:${node}`,
  question: { ask: 'api', path: nodePath(node) },
  parse: readNode,
});

const shape = z.object({
  metadata: z.object({
    annotations: z.record(z.string(), z.string()).nullish(),
    resourceVersion: z.string().nullish(),
  }),
  spec: z.object({ unschedulable: z.boolean().nullish() }).nullish(),
  status: z
    .object({
      nodeInfo: z
        .object({ kubeletVersion: z.string().nullish(), containerRuntimeVersion: z.string().nullish() })
        .nullish(),
    })
    .nullish(),
});

const envelope = z.object({ status: z.number(), body: z.unknown() });

function readNode(output: string): NodeDrain {
  const answer = envelope.safeParse(json(output));
  if (!answer.success) return { is: 'unseen', status: 0 };
  const { status, body } = answer.data;
  if (status === 404) return { is: 'absent' };
  const node = shape.safeParse(body);
  if (status !== 200 || !node.success) return { is: 'unseen', status };
  const { metadata, spec, status: told } = node.data;
  const kubelet = versionIn(/^v(\d+\.\d+\.\d+)/, told?.nodeInfo?.kubeletVersion);
  const containerd = versionIn(/^containerd:\/\/v?(\d+\.\d+\.\d+)/, told?.nodeInfo?.containerRuntimeVersion);
  return {
    is: 'node',
    unschedulable: spec?.unschedulable === true,
    mark: markIn(metadata.annotations?.[drainAnnotation]),
    ...(kubelet === undefined ? {} : { kubelet }),
    ...(containerd === undefined ? {} : { containerd }),
    version: metadata.resourceVersion ?? '',
  };
}

const versionIn = (form: RegExp, text: string | null | undefined): string | undefined => form.exec(text ?? '')?.[1];

function json(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}
