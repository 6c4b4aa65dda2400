/**
 * When files were last touched, by the host's own clock. A change of content, mode, owner or name moves `changed`; what
 * it does not move: another file behind a link, and a folder above that was put in the place of another.
 */
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

/** Seconds since 1970. */
export type FileTimes =
  | { readonly is: 'there'; readonly modified: number; readonly changed: number; readonly link?: true }
  /** Its folder was changed then: when it went, or something else there came or went later. */
  | { readonly is: 'absent'; readonly folder?: number };

/** @param paths Asked in one script; a link is itself, not where it leads. */
export const fileTimes = (paths: readonly string[]): Fact<readonly FileTimes[]> => ({
  id: 'file-times',
  question: {
    ask: 'host',
    script: sh`for p in ${paths}; do
  is=there; [ ! -L "$p" ] || is=link
  stat --printf="$is"' %.3Y %.3Z\n' -- "$p" 2>/dev/null ||
    stat --printf='absent %.3Y\n' -- "$(dirname -- "$p")" 2>/dev/null || echo absent
done`,
  },
  parse: output => {
    const lines = output.split('\n').filter(line => line !== '');
    if (lines.length !== paths.length) throw new Unreadable('file-times', output, 'not a line for each file');
    return lines.map(line => timesIn(line, output));
  },
});

function timesIn(line: string, output: string): FileTimes {
  const [, word, first, second] =
    /^(there|link|absent)(?: (\d{1,12}[.,]\d{3}))?(?: (\d{1,12}[.,]\d{3}))?$/.exec(line) ?? [];
  const seconds = (text = ''): number => Number(text.replace(',', '.'));
  if (word !== 'absent' && first && second)
    return {
      is: 'there',
      modified: seconds(first),
      changed: seconds(second),
      ...(word === 'link' ? { link: true as const } : {}),
    };
  if (word === 'absent' && !second) return { is: 'absent', ...(first ? { folder: seconds(first) } : {}) };
  throw new Unreadable('file-times', output, 'neither absent nor two times');
}
