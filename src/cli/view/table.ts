/** Columns for a terminal or a pipe. */
import { stripVTControlCharacters } from 'node:util';
import { wrapped } from '../../plan/wrap.js';

type Row = readonly string[];

/** Less than this holds no sentence. */
const leastRoom = 30;

/**
 * Ends with a newline. Cells may hold our own colours; what came from a host must have been escaped before.
 *
 * @param columns Of the terminal. Where the last column is what is too wide, it is wrapped; else the first columns stay
 *   a table, and the others stand below each row, each cell behind the name of its column. A pipe has no width, and
 *   gets the whole table.
 */
export const table = (given: Row, many: readonly Row[], columns = Number.POSITIVE_INFINITY): string => {
  const [head, rows] = [flat(given), many.map(flat)];
  const first = (many: number): readonly string[] =>
    aligned(
      head.slice(0, many),
      rows.map(row => row.slice(0, many)),
    );
  const shown = head.findLastIndex((_, index) => widest(first(index + 1)) <= columns) + 1 || 1;
  const room = columns - widest(first(shown)) - 2;
  const lines =
    shown === head.length - 1 && room >= Math.max(leastRoom, longestWord(rows))
      ? besideLast(first(shown), [head, ...rows], room)
      : first(shown).flatMap((line, index) => [
          line,
          ...below(head, index === 0 ? [] : (rows[index - 1] ?? []), shown, columns),
        ]);
  return lines.map(line => `${line}\n`).join('');
};

/** A row is one line: what breaks a line in a cell would pass for another row. */
const flat = (row: Row): Row => row.map(cell => cell.replaceAll(/\s*[\n\t]\s*/g, ' '));

/** Of the last column: a fingerprint or a path is not broken. */
const longestWord = (rows: readonly Row[]): number =>
  rows.flatMap(row => (row.at(-1) ?? '').split(' ')).reduce((most, word) => Math.max(most, wide(word)), 0);

const besideLast = (lines: readonly string[], rows: readonly Row[], room: number): readonly string[] => {
  const width = widest(lines) + 2;
  return lines.flatMap((line, index) => {
    const last = rows[index]?.at(-1) ?? '';
    const [start = '', ...more] = wrapped(index === 0 ? last.toUpperCase() : last, room);
    return [
      `${line}${' '.repeat(width - wide(line))}${start}`.trimEnd(),
      ...more.map(each => ' '.repeat(width) + each),
    ];
  });
};

const below = (head: Row, row: Row, from: number, columns: number): readonly string[] => {
  const cells = row.flatMap((cell, index) =>
    index < from || cell === '' ? [] : [from === head.length - 1 ? cell : `${head[index] ?? ''} ${cell}`],
  );
  return cells.length === 0 ? [] : wrapped(`  ${cells.join(', ')}`, columns);
};

const aligned = (head: Row, rows: readonly Row[]): readonly string[] => {
  const all = [head.map(cell => cell.toUpperCase()), ...rows];
  const widths = head.map((_, column) => all.reduce((most, row) => Math.max(most, wide(row[column] ?? '')), 0));
  return all.map(row =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - wide(cell)))
      .join('  ')
      .trimEnd(),
  );
};

const widest = (lines: readonly string[]): number => lines.reduce((most, line) => Math.max(most, wide(line)), 0);

const wide = (text: string): number => [...stripVTControlCharacters(text)].length;
