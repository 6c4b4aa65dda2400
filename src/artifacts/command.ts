/** Runs one program of the control machine; its whole output goes to a log file, its last lines into the failure. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failed } from './failure.js';
import { endGroup, endsWithUs } from './ends-with-us.js';

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the environment of kw. */
  readonly env?: Readonly<Record<string, string>>;
  /** Appended to. */
  readonly log: string;
  /** What it is for: `build Kubernetes 1.20.2`. */
  readonly says: string;
  readonly help: string;
  readonly signal?: AbortSignal;
  /** A lock file that the program and its children hold, also when kw is killed and they live on. */
  readonly holds?: string;
}

const lastLines = 15;

export async function run(command: Command): Promise<void> {
  mkdirSync(dirname(command.log), { recursive: true });
  const log = openSync(command.log, 'a');
  try {
    const code = await exitOf(command, log);
    if (code === 0) return;
    const tail = (await readFile(command.log, 'utf8')).trimEnd().split('\n').slice(-lastLines).join('\n');
    throw failed(
      'exit',
      `cannot ${command.says}: ${command.argv[0]} ended with ${code}\n${tail}`,
      `${command.help} The whole log: ${command.log}`,
    );
  } finally {
    closeSync(log);
  }
}

function exitOf({ argv, cwd, env, signal, says, holds }: Command, log: number): Promise<number | string> {
  const [program, ...rest] = holds ? (['flock', holds, ...argv] as const) : argv;
  const watch = endsWithUs();
  // A process group of its own: make's children must die with it when the run is interrupted.
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: ['ignore', log, log],
    detached: true,
  });
  const { pid } = child;
  if (pid) watch.leader(pid);
  const stop = () => {
    if (pid) endGroup(pid);
  };
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<number | string>((resolve, reject) => {
    child.once('error', error =>
      reject(
        failed(
          'exit',
          `cannot ${says}: ${program} does not start: ${error.message}`,
          `Install ${program} on this machine.`,
        ),
      ),
    );
    child.once('close', (code, killed) =>
      signal?.aborted ? reject(signal.reason) : resolve(code ?? killed ?? 'nothing'),
    );
  }).finally(() => {
    watch.over();
    signal?.removeEventListener('abort', stop);
  });
}
