/**
 * What a run wanted, so short that its journal can keep it: of a thing that is other than it was left, another version
 * of Kubewizard can then tell what it asks for anew from what somebody changed.
 */
import { createHash } from 'node:crypto';
import { idOf, type Resource } from '../../model/resource.js';

const bytes = 6;
const digest = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, bytes);

/** Twelve bytes for each thing: the digest of its name, and of its want. No secret is in a want. */
export const shortWants = (resources: readonly Resource[]): string =>
  Buffer.concat(resources.flatMap(one => [digest(idOf(one)), digest(JSON.stringify(one.want))])).toString('base64');

/** same: it wanted this very thing. other: something else of this name. nothing: it left nothing of this name. */
export type Before = 'same' | 'other' | 'nothing';

export function wantedBefore(short: string): (one: Resource) => Before {
  const all = Buffer.from(short, 'base64');
  const at = (n: number): string => all.toString('hex', n, n + bytes);
  const wants = new Map<string, string>();
  for (let n = 0; n + 2 * bytes <= all.length; n += 2 * bytes) wants.set(at(n), at(n + bytes));
  return one => {
    const want = wants.get(digest(idOf(one)).toString('hex'));
    if (want === undefined) return 'nothing';
    return want === digest(JSON.stringify(one.want)).toString('hex') ? 'same' : 'other';
  };
}
