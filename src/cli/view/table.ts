/** Columns for a terminal or a pipe. */
import { stripVTControlCharacters } from 'node:util';
import { wrapped } from '../../plan/wrap.js';

/** Ends with a newline. Cells may hold our own colours; what came from a host must have been escaped before. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head.map(cell => cell.toUpperCase()), ...rows];
  const widths = head.map((_, column) => all.reduce((most, row) => Math.max(most, wide(row[column] ?? '')), 0));
  return all
    .map(
      row =>
        `${row
          .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - wide(cell)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
};

/**
 * The same where it fits into so many columns; else the first columns that do, and of each row the others on lines
 * below it, each cell behind the name of its column. A pipe has no width, and gets the whole table.
 */
export const fittingTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Number.POSITIVE_INFINITY,
): string => {
  const fits = (many: number): boolean => {
    const lines = table(
      head.slice(0, many),
      rows.map(row => row.slice(0, many)),
    );
    return lines.split('\n').every(line => wide(line) <= columns);
  };
  const shown = head.findLastIndex((_, index) => fits(index + 1)) + 1 || 1;
  const [heading = '', ...lines] = table(
    head.slice(0, shown),
    rows.map(row => row.slice(0, shown)),
  ).split('\n');
  const below = (row: readonly string[]): readonly string[] =>
    shown === head.length ? [] : wrapped(`  ${named(head, row, shown)}`, columns);
  return `${[heading, ...rows.flatMap((row, index) => [lines[index] ?? '', ...below(row)])].join('\n')}\n`;
};

const named = (head: readonly string[], row: readonly string[], from: number): string =>
  head.flatMap((name, index) => (index < from || !row[index] ? [] : [`${name} ${row[index]}`])).join(', ');

const wide = (text: string): number => [...stripVTControlCharacters(text)].length;
