/** What more than half of at least three hosts have: of two that differ, nobody says which is right. */
export interface Setting {
  /** Of its host. */
  readonly name: string;
  readonly value: string;
  /** By a flag; else it is the default. */
  readonly given: boolean;
}

/** Who differs from the majority, and by what; none where there is no majority. */
export interface Odd {
  readonly host: string;
  readonly own: string;
  readonly usual: string;
  readonly others: readonly string[];
  readonly given: boolean;
  /** One of the others. */
  readonly like: string;
}

export const oddOnes = (settings: readonly Setting[]): readonly Odd[] => {
  for (const { value } of settings) {
    const same = settings.filter(one => one.value === value);
    const [first] = same;
    if (settings.length < 3 || same.length * 2 <= settings.length || !first) continue;
    const usual = { usual: value, others: same.map(one => one.name), like: first.name };
    return settings
      .filter(one => one.value !== value)
      .map(one => ({ host: one.name, own: one.value, ...usual, given: same.some(({ given }) => given) }));
  }
  return [];
};
