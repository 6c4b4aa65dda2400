/**
 * Which encryption keys stand, of what control planes have: [old], [old, new], [new, old], [new]. The number in a name
 * says which is newer, so a host tells by itself how far it is; the furthest one stands.
 */
import type { HostKeys } from '../../model/rotation.js';
import { numberOfKey } from '../../model/rotation.js';

export interface EncryptionStanding {
  readonly names: readonly string[];
  /** 0: one key, nothing is under way; 1: two read; 2: the new one writes; 3: the old one goes, not everywhere. */
  readonly stands: 0 | 1 | 2 | 3;
}

/** undefined: no control plane says anything, or what they say was never left behind by a rotation. */
export function encryptionStanding(hosts: readonly Pick<HostKeys, 'encrypts'>[]): EncryptionStanding | undefined {
  const lists = hosts.map(({ encrypts }) => encrypts).filter(names => names.length > 0);
  const numbers = [...new Set(lists.flat())].map(name => numberOfKey(name) ?? 0).sort((a, b) => b - a);
  const [newest, old, more] = numbers;
  if (newest === undefined || numbers.includes(0) || more !== undefined) return undefined;
  const name = (number: number): string => `key${number}`;
  if (old === undefined) return { names: [name(newest)], stands: 0 };
  const rank = Math.max(...lists.map(names => rankOf(names, name(newest))));
  if (rank === 3) return { names: [name(newest)], stands: 3 };
  return rank === 2 ? { names: [name(newest), name(old)], stands: 2 } : { names: [name(old), name(newest)], stands: 1 };
}

const rankOf = (names: readonly string[], newest: string): 0 | 1 | 2 | 3 =>
  !names.includes(newest) ? 0 : names[0] !== newest ? 1 : names.length > 1 ? 2 : 3;
