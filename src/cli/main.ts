/** The program. */
import { main } from './run.js';
import { flushed, standardTerminal } from './terminal.js';

const code = await main(process.argv.slice(2), standardTerminal(), Boolean(process.env.KW_DEBUG));
await flushed();
// Nothing may hold the process up after its work is done: no socket, no timer.
process.exit(code);
