/** Arguments in, exit code out; whatever fails becomes a plain sentence. */
import { CommanderError } from 'commander';
import { kwVersion } from '../model/version.js';
import { wishFor } from '../spec/wishes.js';
import { commands } from './commands.js';
import { complaint, userMistake } from './complaint.js';
import { program } from './program.js';
import { inColumns } from './view/words.js';
import type { Terminal } from './terminal.js';

/** @param debug Show the stacks of our own bugs. */
export const main = async (argv: readonly string[], terminal: Terminal, debug: boolean): Promise<number> => {
  let code = 0;
  const [word = ''] = argv;
  const how = commands.some(({ name }) => name === word) ? undefined : wishFor(word);
  if (how !== undefined) {
    terminal.writeErr(`kw: ${word} is not a command, and this is how:\n  ${how}\n`);
    return userMistake;
  }
  const root = program(kwVersion, terminal, result => {
    code = result;
  });
  try {
    if (argv.length === 0) root.outputHelp();
    else await root.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has already said what it thinks of the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : userMistake;
    const { code: failed, text } = complaint(error, debug, terminal.errColumns);
    terminal.writeErr(`${inColumns(`kw: ${text}`, terminal.errColumns)}\n`);
    return failed;
  }
};
