/** Two changed copies of one text, joined where they changed different lines of it. Pure. */
import { structuredPatch } from 'diff';

/** Lines of `base` from `at` (0 is the first) on, `gone` of them, replaced by `lines`. */
interface Edit {
  readonly at: number;
  readonly gone: number;
  readonly lines: readonly string[];
}

/** @returns undefined: both changed the same lines, or lines beside each other, and not alike. */
export const joinedText = (base: string, one: string, other: string): string | undefined => {
  const [first, second] = [editsOf(base, one), editsOf(base, other)];
  if (!first || !second) return undefined;
  const added = second.filter(edit => !first.some(each => isSame(each, edit)));
  if (added.some(edit => first.some(each => touch(each, edit)))) return undefined;
  const lines = linesOf(base);
  for (const edit of [...first, ...added].sort((a, b) => b.at - a.at)) lines.splice(edit.at, edit.gone, ...edit.lines);
  return lines.join('');
};

/** Each with its own end: a last line without one stays so. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const editsOf = (base: string, text: string): readonly Edit[] | undefined => {
  const lines = linesOf(text);
  return structuredPatch('', '', base, text, '', '', { context: 0, timeout: 500 })?.hunks.map(hunk => ({
    at: hunk.oldStart - 1,
    gone: hunk.oldLines,
    lines: lines.slice(hunk.newStart - 1, hunk.newStart - 1 + hunk.newLines),
  }));
};

const isSame = (one: Edit, other: Edit): boolean => JSON.stringify(one) === JSON.stringify(other);

const touch = (one: Edit, other: Edit): boolean => one.at <= other.at + other.gone && other.at <= one.at + one.gone;
