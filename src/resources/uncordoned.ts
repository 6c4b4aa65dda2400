/** A node that nobody keeps pods from on our behalf: another's cordon stays. */
import { type NodeDrain, nodeDrain } from '../facts/node-drain.js';
import { changed } from '../model/resource.js';
import { defineKind } from './kind.js';
import type { UncordonedWant } from './wants.js';

export const uncordoned = defineKind<'uncordoned', UncordonedWant, NodeDrain>({
  kind: 'uncordoned',
  passing: true,
  read: node => nodeDrain(node),
  diff: (_, have) =>
    have.is === 'unseen' || (have.is === 'node' && (have.mark.cordoned || have.mark.drained))
      ? [changed('cordon', have.is === 'unseen' ? 'not seen' : 'of Kubewizard', 'none')]
      : [],
  plan: node => ({ actions: [{ do: 'uncordon', node }], risk: 'none' }),
  volatileFields: ['cordon'],
  rollback: () => ({ by: 'nothing' }),
  ideal: () => ({ is: 'absent' }),
});
