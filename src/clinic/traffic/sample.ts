/** Which hosts are measured against which: all pairs of a few, of many a bounded number for each. */

/** Up to this many hosts every pair is measured. */
const few = 7;

/**
 * The partners of each host, as indices. A ring with chords: whatever the number of hosts, each has at most six, every
 * pair is measured from both ends, and a way leads from each host to each other.
 */
export const partnersOf = (hosts: number, index: number): readonly number[] => {
  if (hosts <= few) return Array.from({ length: hosts }, (_, other) => other).filter(other => other !== index);
  const half = Math.floor(hosts / 2);
  const offsets = [1, -1, 2, -2, half, -half];
  return [...new Set(offsets.map(offset => (index + offset + hosts) % hosts))];
};
