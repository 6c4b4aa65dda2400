/** One command on a host of the lab. */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { labSshArgv } from '../../../src/lab/index.js';

/** @param input A file that becomes its standard input. Throws with what it said, unless it ends with 0. */
export const onHost = async (lab: string, host: string, command: string, input?: string): Promise<void> => {
  const [program = '', ...argv] = [...(await labSshArgv(lab, host)), command];
  const child = spawn(program, argv, { stdio: ['pipe', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-2000);
  });
  if (input === undefined) child.stdin.end();
  else createReadStream(input).pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  if (code !== 0) throw new Error(`${host}: ${command.slice(0, 60)}: ${output}`);
};
