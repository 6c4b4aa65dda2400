/** The user's mistake, on its way up to whoever told the story. */
import type { Diagnostic } from '../model/diagnostic.js';

export class Mistaken extends Error {
  readonly problems: readonly Diagnostic[];
  /** Of the file in which the mistakes are; lets them be shown in place. */
  readonly source: string | undefined;
  constructor(problems: readonly Diagnostic[], source?: string) {
    super(problems.map(problem => problem.says).join('; '));
    this.name = 'Mistaken';
    this.problems = problems;
    this.source = source;
  }
}

/** A mistake that has no place in a file. */
export const mistaken = (code: string, says: string, help: string): Mistaken =>
  new Mistaken([{ code, severity: 'error', says, help }]);
