/** A stream of numbers that one seed determines, so that every finding can be played again. */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(all: readonly T[]): T;
  chance(share: number): boolean;
}

/** mulberry32: 32 bits of state are plenty for choosing mutations. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: share => next() < share,
    pick: <T>(all: readonly T[]): T => {
      const one = all[below(all.length)];
      if (all.length === 0) throw new Error('nothing to pick from');
      return one as T;
    },
  };
};
