/** Mode, owner, size and age of files, one line each. */
import { sh } from '../../shell/sh.js';

export const statLines = sh`[ $# -eq 0 ] || stat -L -c '#stat %a %U %s %.3Y %n' -- "$@" 2>/dev/null
`;

export interface Stat {
  readonly mode: string;
  readonly owner: string;
  readonly size: number;
  readonly changedAt: string;
}

export const readStats = (output: string): ReadonlyMap<string, Stat> =>
  new Map(
    [...output.matchAll(/^#stat ([0-7]+) (\S+) (\d+) ([\d.]+) (.*)$/gm)].map(
      ([, mode = '', owner = '', size = '', seconds = '', path = '']) =>
        [path, { mode, owner, size: Number(size), changedAt: new Date(Number(seconds) * 1000).toISOString() }] as const,
    ),
  );
