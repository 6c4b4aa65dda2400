/** A node without pods that could be elsewhere, while its kubelet or runtime becomes another. */
import { type NodeDrain, nodeDrain } from '../facts/node-drain.js';
import { changed } from '../model/resource.js';
import { defineKind } from './kind.js';
import type { DrainedWant } from './wants.js';

export const drained = defineKind<'drained', DrainedWant, NodeDrain>({
  kind: 'drained',
  passing: true,
  read: node => nodeDrain(node),
  diff: (_, have) =>
    have.is === 'absent' || (have.is === 'node' && have.unschedulable && have.mark.drained)
      ? []
      : [changed('pods', 'here', 'elsewhere')],
  plan: (node, want) => ({ actions: [{ do: 'drain', node, ...want }], risk: 'restart' }),
  volatileFields: ['pods'],
  rollback: () => ({ by: 'nothing' }),
  ideal: () => ({ is: 'absent' }),
});
