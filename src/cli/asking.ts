/** Where questions go: to the person's terminal, never into a pipe or a file that the output was sent to. */
import { openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { WriteStream } from 'node:tty';

export interface Asking {
  readonly input: Readable;
  readonly output: Writable;
}

/** undefined: nobody is there who could answer. `kw plan < file` and `kw plan < /dev/null` say so on purpose. */
export const askingTerminal = (): Asking | undefined => {
  if (!process.stdin.isTTY) return undefined;
  const output = process.stderr.isTTY ? process.stderr : controlling();
  return output && { input: process.stdin, output };
};

/** `kw up 2>&1 | tee log`: the terminal is still there, by its own name. */
const controlling = (): Writable | undefined => {
  try {
    opened ??= new WriteStream(openSync('/dev/tty', 'w'));
    return opened;
  } catch {
    return undefined;
  }
};
let opened: WriteStream | undefined;
