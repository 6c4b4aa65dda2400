import type { Rollback } from '../../model/resource.js';
import type { Undo } from '../wants.js';

/** What nobody knows how to undo is said to stay: silence would be a promise. */
export const rollbackOf = (undo: Undo | undefined): Rollback => {
  if (undo === 'needless') return { by: 'nothing' };
  if (undo === undefined) return { by: 'nobody', why: 'nothing is known that undoes it' };
  return 'cannot' in undo ? { by: 'nobody', why: undo.cannot } : { by: 'scripts', ...undo };
};

/**
 * Two states to keep in one file would need a mark between them: each therapy that has one has a key of its own
 * instead.
 */
export const bothUndone = (one: Undo | undefined, other: Undo | undefined): { readonly undo?: Undo } => {
  if (one === undefined || other === undefined) return {};
  if (one === 'needless') return { undo: other };
  if (other === 'needless' || JSON.stringify(one) === JSON.stringify(other)) return { undo: one };
  return { undo: 'cannot' in one ? one : 'cannot' in other ? other : { cannot: 'two therapies changed it together' } };
};
