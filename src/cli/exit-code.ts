/** The exit codes of commands that carry a plan out. */
import { exitCodes } from '../model/event.js';
import type { Ended } from '../workflow/build/execute.js';
import { interrupted } from './complaint.js';

/** A host that was not seen is never success. */
export const exitOf = (ended: Ended): number => {
  if (ended.ended === 'refused') return exitCodes.refused;
  const { outcome, proven, unseen } = ended;
  if (outcome.interrupted) return interrupted;
  if (outcome.exitCode !== 0) return outcome.exitCode;
  return !proven ? exitCodes.unproven : unseen.length > 0 ? exitCodes.unreachable : 0;
};
