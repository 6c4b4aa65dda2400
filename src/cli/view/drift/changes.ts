/** One field, from what was left to what is there. */
import { stringify } from 'yaml';
import type { Moved } from '../../../model/drift.js';
import { lineDiff } from '../../../plan/line-diff.js';

const longest = 12;

/** Short values on one line, long ones as a diff: `-` was left, `+` is there. */
export function changeLines({ field, was, is }: Moved, { verbose }: { readonly verbose: boolean }): readonly string[] {
  const [before, after] = [written(was), written(is)];
  if (after === undefined) return [`${field}: ${short(before)} → gone`];
  if (before !== undefined && before === after) return [`${field}: a hidden value was changed`];
  if (![before, after].some(text => text?.includes('\n'))) return [`${field}: ${before ?? 'none'} → ${after}`];
  const lines = lineDiff(before, after).filter(({ sign }) => verbose || sign === '+' || sign === '-');
  const shown = verbose ? lines : lines.slice(0, longest);
  const more = lines.length - shown.length;
  return [
    `${field}:`,
    ...shown.map(({ sign, text }) => `${sign === '@' ? '@ ' : sign}${text}`),
    ...(more > 0 ? [`… ${more} more lines: --verbose`] : []),
  ];
}

const short = (text = 'something'): string => {
  const lines = text.trimEnd().split('\n');
  return lines.length > 1 ? `${lines.length} lines` : (lines[0] ?? '');
};

const written = (value: unknown): string | undefined =>
  value === undefined ? undefined : typeof value === 'object' && value !== null ? stringify(value) : String(value);
