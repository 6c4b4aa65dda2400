/** What went wrong, in the program's own words, and the exit code that says it to scripts. */
import { exitCodes, WorldFailed } from '../model/event.js';
import { Mistaken } from '../workflow/mistaken.js';
import { diagnosticsText } from './view/diagnostics.js';
import { failureText } from './view/failure.js';

export const userMistake = 64;
export const interrupted = 130;

export interface Complaint {
  readonly code: number;
  readonly text: string;
}

/**
 * @param debug Show the stack of our own bugs.
 * @param columns Of the terminal that it is told on; none: a line may be of any length.
 */
export const complaint = (error: unknown, debug: boolean, columns?: number): Complaint => {
  if (error instanceof Mistaken)
    return {
      code: userMistake,
      text: diagnosticsText(error.problems, {
        ...(error.source === undefined ? {} : { source: error.source }),
        ...(columns === undefined ? {} : { width: Math.min(columns, 100) }),
      }),
    };
  if (error instanceof WorldFailed) return { code: exitCodes[error.failure.class], text: failureText(error.failure) };
  if (error instanceof Error && error.name === 'AbortError') return { code: interrupted, text: 'interrupted' };
  const says = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? says) : says;
  return {
    code: 1,
    text: debug
      ? stack
      : `this is a bug of kw: ${says.split('\n')[0]}\nKW_DEBUG=1 shows the stack; please report it together ` +
        'with the command.',
  };
};
