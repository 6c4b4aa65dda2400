/** What a bench says at its end: a table, and whether each bar was met. */
export interface Bar {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
}

export const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => (row[at] ?? '').length)));
  return rows
    .map(row =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/**
 * Prints every bar with its ratio against the limit. @returns the exit code: 1 when one was missed, or was not
 * measured.
 */
export const verdict = (bars: readonly Bar[]): number => {
  const met = ({ value, limit }: Bar): boolean => value <= limit;
  const rows = bars.map(bar => [
    bar.what,
    `${bar.value.toFixed(2)} ${bar.unit}`,
    `${bar.limit} ${bar.unit}`,
    (bar.value / bar.limit).toFixed(2),
    met(bar) ? 'met' : 'MISSED',
  ]);
  process.stdout.write(`\n${table([['bar', 'measured', 'limit', 'ratio', ''], ...rows])}\n`);
  return bars.length > 0 && bars.every(met) ? 0 : 1;
};
