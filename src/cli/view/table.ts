/** Columns for a terminal or a pipe. */
import { stripVTControlCharacters } from 'node:util';

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

const wide = (text: string): number => [...stripVTControlCharacters(text)].length;
