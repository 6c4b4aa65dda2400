/**
 * `kw completion SHELL`: a script in which everything that can be completed is written down, so that no Tab starts a
 * process.
 */
import type { Command } from 'commander';
import { script, type Shell } from '../completion/script.js';
import { tree } from '../completion/tree.js';

export const run = async ({ shell }: { readonly shell: Shell }, program: Command): Promise<number> => {
  process.stdout.write(script(shell, tree(program)));
  return 0;
};
