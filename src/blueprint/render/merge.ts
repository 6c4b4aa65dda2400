type Tree = Readonly<Record<string, unknown>>;

/** The owner's fields over ours: tables are merged, everything else (lists too) is replaced. */
export function merge(ours: Tree, owners: Tree): Record<string, unknown> {
  const result: Record<string, unknown> = { ...ours };
  for (const [key, value] of Object.entries(owners)) {
    const mine = result[key];
    result[key] = isTree(mine) && isTree(value) ? merge(mine, value) : value;
  }
  return result;
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
