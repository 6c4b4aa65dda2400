/** Ranges of hosts: `kw-worker-[001-100]`, `10.0.1.[1-100]`, `10.0.1.1+`. */
import { addressAfter, parseIPv4 } from '../net/address.js';

/** More hosts than this is a slip of the pen. */
export const mostHosts = 10_000;

/**
 * Every member of a range, in order; a text without one gives itself. Leading zeros are kept: `[001-010]`.
 * Undefined: not a range that can be read (backwards, two brackets, too many members).
 */
export const expandRange = (text: string): readonly string[] | undefined => {
  if (!/[[\]]/.test(text)) return [text];
  const match = /^([^[\]]*)\[(\d{1,9})-(\d{1,9})\]([^[\]]*)$/.exec(text);
  if (!match) return undefined;
  const [, head = '', from = '', to = '', tail = ''] = match;
  const [first, count] = [Number(from), Number(to) - Number(from) + 1];
  if (count < 1 || count > mostHosts) return undefined;
  const width = from.startsWith('0') && from.length > 1 ? from.length : 0;
  return Array.from({ length: count }, (_, i) => `${head}${String(first + i).padStart(width, '0')}${tail}`);
};

/**
 * As expandRange; `10.0.1.1+` counts up from the address as often as there are names, over the last octet's end if need
 * be.
 */
export const expandAddresses = (text: string, count: number): readonly string[] | undefined => {
  if (!text.endsWith('+')) return expandRange(text);
  const first = parseIPv4(text.slice(0, -1));
  if (first === undefined || addressAfter(first, count - 1) === undefined) return undefined;
  return Array.from({ length: count }, (_, i) => addressAfter(first, i) ?? first);
};
