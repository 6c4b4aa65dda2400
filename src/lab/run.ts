/** Runs a program of this machine; what it says on failure becomes a Failure. */
import { spawn } from 'node:child_process';
import { WorldFailed } from '../model/event.js';

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: string;
  /** Called with each line of both outputs as it comes. */
  readonly line?: (line: string) => void;
  readonly help?: string;
  readonly host?: string;
  /** $1, $2 … of a script: no value is ever spliced into its text. */
  readonly args?: readonly string[];
}

/** @returns standard output. @throws WorldFailed `exit` with the end of what the program said. */
export const run = (argv: readonly string[], options: RunOptions = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const [program = '', ...rest] = argv;
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], signal: options.signal });
    let out = '';
    let all = '';
    const hear =
      (keep: boolean) =>
      (text: string): void => {
        if (keep) out += text;
        all = (all + text).slice(-4096);
        if (options.line) for (const line of text.split('\n')) if (line.trim() !== '') options.line(line.trim());
      };
    child.stdout.setEncoding('utf8').on('data', hear(true));
    child.stderr.setEncoding('utf8').on('data', hear(false));
    child.stdin.on('error', () => undefined).end(options.stdin ?? '');
    child.on('error', error =>
      reject(options.signal?.aborted ? error : failed(`${program}: ${error.message}`, options)),
    );
    child.on('close', (code, killed) => {
      if (code === 0) resolve(out);
      else
        reject(
          failed(
            `${argv.slice(0, 3).join(' ')}: ${killed ?? `exit ${code}`}: ` +
              `${all.trim().split('\n').slice(-6).join(' | ')}`,
            options,
          ),
        );
    });
  });

/** A POSIX sh script with `set -e`. */
export const sh = (script: string, options: RunOptions = {}): Promise<string> =>
  run(['/bin/sh', '-s', '--', ...(options.args ?? [])], { ...options, stdin: `set -e\n${script}\n` });

const failed = (message: string, { help, host }: RunOptions): WorldFailed =>
  new WorldFailed({
    class: 'exit',
    message: message,
    ...(help === undefined ? {} : { help }),
    ...(host === undefined ? {} : { host }),
  });
