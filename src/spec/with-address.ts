/** The cluster file with another host at a name: its address and the host key that it pins, and no other letter. */
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';

/** Why not: its place in the text cannot be told, or what else belongs to the old machine must be given too. */
export type Moved = { readonly text: string } | { readonly not: 'no-place' | 'ssh-address' | 'host-key' };

/**
 * @param count Hosts of the file: a text whose entries are not one host each has no place.
 * @param at The host's, from 0.
 */
export const withAddress = (
  text: string,
  { at, count, address, hostKey }: { at: number; count: number; address: string; hostKey?: string | undefined },
): Moved => {
  const document = parseDocument(text);
  const hosts = isMap(document.contents) ? document.contents.get('hosts', true) : undefined;
  if (document.errors.length > 0 || !isSeq(hosts) || hosts.items.length !== count) return { not: 'no-place' };
  const entry = hosts.items[at];
  if (isScalar(entry)) return put(text, [[entry, address]]);
  if (!isMap(entry)) return { not: 'no-place' };
  const place = entry.get('address', true) as Node | undefined;
  const ssh = entry.get('ssh', true);
  const own = isMap(ssh) ? ssh : undefined;
  if (own?.has('address')) return { not: 'ssh-address' };
  const pinned = own?.get('hostKey', true) as Node | undefined;
  if (pinned && hostKey === undefined) return { not: 'host-key' };
  return put(text, [[place, address], ...(pinned && hostKey !== undefined ? [[pinned, hostKey] as const] : [])]);
};

/** From the end to the beginning: what stands before keeps its place. */
const put = (text: string, all: readonly (readonly [Node | undefined, string])[]): Moved => {
  const edits = all.map(([node, value]) => ({ range: isScalar(node) ? node.range : undefined, value }));
  if (edits.some(({ range }) => !range)) return { not: 'no-place' };
  return {
    text: edits
      .toSorted((one, other) => (other.range?.[0] ?? 0) - (one.range?.[0] ?? 0))
      .reduce((now, { range, value }) => `${now.slice(0, range?.[0])}${value}${now.slice(range?.[1])}`, text),
  };
};
