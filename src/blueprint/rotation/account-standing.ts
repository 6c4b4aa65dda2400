/**
 * Which keys of service accounts stand, of what control planes have: [old], [old, new], [new, old], [new], each host as
 * it is or one ahead. Where they differ, the furthest one stands: its phase was begun, and every host can follow it.
 */
import type { HostKeys } from '../../model/rotation.js';
import { accountKeyId } from '../../pki/key.js';

export interface AccountStanding {
  readonly verifies: readonly string[];
  /** The key that waits: in [old, new] alone. */
  readonly waits?: string;
  /** 0: one key, nothing is under way; 1: two verify; 2: the new one signs; 3: the old one goes, not everywhere. */
  readonly stands: 0 | 1 | 2 | 3;
}

type Has = Pick<HostKeys, 'verifies' | 'waiting'>;

/**
 * undefined: no control plane says anything, or what they say was never left behind by a rotation.
 * @param knows Whether the private half of a public key is known: a list that begins with another is nobody's.
 */
export function accountStanding(
  hosts: readonly Has[],
  knows: (key: string) => boolean = () => true,
): AccountStanding | undefined {
  const all = hosts.filter(({ verifies: [first] }) => first !== undefined && knows(first));
  const lists = distinct(all.map(({ verifies }) => verifies));
  if (lists.length === 0 || lists.some(list => list.length > 2)) return undefined;
  const known = distinct([...new Set(lists.flat())].map(key => [key])).length;
  if (known > 2) return undefined;
  const waiting = new Set(hosts.flatMap(one => one.waiting));
  const next = lists.flat().find(key => waiting.has(accountKeyId(key)));
  if (next !== undefined) return adding(lists, next);
  return ending(lists);
}

/** A key waits that some list has: it verifies everywhere, or it signs already. */
const adding = (lists: readonly Keys[], next: string): AccountStanding => {
  const signing = lists.find(([first]) => first === next);
  const old = lists.flat().find(key => key !== next);
  if (signing) return { verifies: old === undefined ? [next] : [next, old], stands: old === undefined ? 0 : 2 };
  return { verifies: old === undefined ? [next] : [old, next], waits: accountKeyId(next), stands: 1 };
};

/** None waits: the new one signs, and the old one is on its way out or gone. */
const ending = (lists: readonly Keys[]): AccountStanding | undefined => {
  const [shortest = []] = [...lists].sort((a, b) => a.length - b.length);
  const firsts = new Set(lists.map(([first]) => first));
  if (firsts.size > 1) return undefined;
  return { verifies: shortest, stands: shortest.length > 1 ? 2 : lists.length > 1 ? 3 : 0 };
};

type Keys = readonly string[];

const distinct = (lists: readonly Keys[]): readonly Keys[] => [
  ...new Map(lists.map(list => [list.join('\n'), list])).values(),
];
