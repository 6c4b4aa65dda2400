import { structuredPatch } from 'diff';

/** ' ' is context, '@' says where a hunk begins, '' is not a line of a diff. */
export interface Line {
  readonly sign: ' ' | '+' | '-' | '@' | '';
  readonly text: string;
}

/**
 * A unified diff with three lines of context; `undefined` is a file that is not there. Bounded: hostile text must not
 * cost minutes.
 */
export function lineDiff(from: string | undefined, to: string | undefined): readonly Line[] {
  const patch = structuredPatch('', '', from ?? '', to ?? '', '', '', { context: 3, timeout: 500 });
  if (!patch) return [{ sign: '@', text: 'too different to be shown line by line' }];
  return patch.hunks.flatMap((hunk, at) => [
    ...(at > 0 || hunk.oldStart > 1 ? [{ sign: '@', text: `line ${hunk.newStart}` } as const] : []),
    ...hunk.lines
      .filter(line => !line.startsWith('\\'))
      .map(line => ({ sign: line[0] as ' ' | '+' | '-', text: line.slice(1) })),
  ]);
}
