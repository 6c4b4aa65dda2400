/** Past runs as a table, the newest first. */
import { createColors } from 'picocolors';
import { escapeForTerminal } from '../../shell/terminal.js';
import type { PastRun } from '../../workflow/history.js';
import { table } from './table.js';
import { takenBackInShort } from './taken-back.js';

/** @param columns Of the terminal; none for a pipe. */
export const historyText = (runs: readonly PastRun[], colors: boolean, columns?: number): string => {
  const color = createColors(colors);
  if (runs.length === 0) return 'this control machine remembers no run of this cluster\n';
  const rows = runs.map(one => [
    one.at.slice(0, 19).replace('T', ' '),
    ...[one.command, one.owner, String(one.steps)].map(cell => escapeForTerminal(cell)),
    one.ended === 'done' ? 'done' : color.red(outcome(one)),
    one.proven === undefined ? '' : one.proven ? 'proven' : color.red('not proven'),
    one.seconds === undefined ? '' : `${Math.round(one.seconds)} s`,
    escapeForTerminal(
      [
        ...one.access,
        ...(one.takenBack ?? []).map(told => takenBackInShort(told)),
        ...(one.why === undefined ? [] : [one.why.split('\n')[0] ?? '']),
      ].join('; '),
    ),
  ]);
  return table(['when (UTC)', 'command', 'who', 'steps', 'ended', 'proof', 'took', 'what'], rows, columns);
};

const outcome = ({ ended, failed, blocked }: PastRun): string =>
  ended === 'failed' ? `failed: ${failed}, ${blocked} blocked` : ended;
