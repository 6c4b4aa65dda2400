#!/usr/bin/env node
/** The program. */
import { cameBySudo } from '../transport/person.js';
import { main } from './run.js';
import { flushed, standardTerminal } from './terminal.js';

/** No await stands outside of a function: the one file that is carried away is of CommonJS, which has none there. */
const start = async (): Promise<never> => {
  cameBySudo(process.env.SUDO_UID);
  const code = await main(process.argv.slice(2), standardTerminal(), Boolean(process.env.KW_DEBUG));
  await flushed();
  // Nothing may hold the process up after its work is done: no socket, no timer.
  process.exit(code);
};

void start();
