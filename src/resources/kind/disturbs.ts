import type { Change, SerialClass, Stage } from '../../model/resource.js';

/** A restart is the control plane's turn, or the nodes'. What is merely started has nothing to lose. */
export const disturbs = ({
  stage,
  changes,
}: {
  readonly stage: Stage;
  readonly changes: readonly Change[];
}): SerialClass | undefined => {
  if (!changes.some(change => change.verb === 'restart')) return undefined;
  return stage === 'etcd' || stage === 'control-plane' ? 'control-plane' : 'nodes';
};
