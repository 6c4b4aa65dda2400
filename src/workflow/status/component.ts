/** Missing evidence is unknown, never well. */
import type { ComponentHealth } from '../../facts/health.js';

export type Health = 'ok' | 'ill' | 'unknown';

export function healthOf({ active, answer }: Pick<ComponentHealth, 'active' | 'answer'>): Health {
  if (active !== 'active') return 'ill';
  if (answer === undefined || answer === 'ok') return 'ok';
  return answer === '' || answer.startsWith('unknown:') ? 'unknown' : 'ill';
}

/** What is ill wins over what nobody could see. */
export const worstOf = (all: readonly Health[]): Health =>
  all.includes('ill') ? 'ill' : all.includes('unknown') ? 'unknown' : 'ok';
