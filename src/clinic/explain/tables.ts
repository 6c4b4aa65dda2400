/** Listings hold no word of an error: what two of their lines say together is the trouble. */
import type { Account } from './account.js';

export const tabledIn = (lines: readonly string[]): readonly Account[] => [
  ...addressTwice(lines, /\bIP\b.*\bNODE\b/, 'pod'),
  ...addressTwice(lines, /\bNAME\b.*\bINTERNAL-IP\b/, 'node'),
];

const address = /(?<![\w.:])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.:/])/;

/** `kubectl get pods|nodes -o wide`: one address in the rows of two nodes. Pods of one node may share the host's. */
const addressTwice = (lines: readonly string[], head: RegExp, whom: 'pod' | 'node'): readonly Account[] => {
  const start = lines.findIndex(line => head.test(line));
  if (start < 0) return [];
  const owners = new Map<string, Set<string>>();
  for (const line of lines.slice(start + 1)) {
    const hit = address.exec(line);
    if (!hit?.[1]) continue;
    const after = line
      .slice(hit.index + hit[0].length)
      .trim()
      .split(/\s+/)[0];
    const owner = whom === 'pod' ? after : line.trim().split(/\s+/)[0];
    if (owner) owners.set(hit[1], (owners.get(hit[1]) ?? new Set()).add(owner));
  }
  return [...owners].flatMap(([at, who]) => (who.size > 1 ? [{ whom, at, how: 'address-twice' as const }] : []));
};
