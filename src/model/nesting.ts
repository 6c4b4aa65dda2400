/**
 * Whether a tree is nested more than `most` levels deep: what walks it recursively would end in the middle of its
 * stack. No object of a cluster comes near 500.
 */
export const isNestedDeeper = (value: unknown, most = 500): boolean => {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap(one => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
};
