/** Options of every command that logs in to hosts. */
import type { OptionSpec } from './command.js';

export interface AccessOptions {
  readonly acceptNew?: boolean;
  readonly askSudoPass?: boolean;
}

export const access: readonly OptionSpec[] = [
  { flags: '--accept-new', says: 'trust host keys that nobody knows yet, and remember them' },
  {
    flags: '--ask-sudo-pass',
    says: 'ask for the password of sudo; without a terminal it is the first line of stdin',
  },
];
