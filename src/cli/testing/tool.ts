/** Runs a program of the checkout with its output on the user's terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

export interface ToolOptions {
  readonly cwd: string;
  readonly seconds: number;
  readonly env?: NodeJS.ProcessEnv;
}

let ended: NodeJS.Signals | undefined;

/** The signal by which somebody ended us while a tool ran: it heard it, and nothing is begun after it. */
export const endedBy = (): NodeJS.Signals | undefined => ended;

/** @returns its exit code; 124 when the time was up and it was killed with all its children. */
export const tool = async (argv: readonly string[], { cwd, seconds, env }: ToolOptions): Promise<number> => {
  const [program = '', ...rest] = argv;
  let child: ChildProcess | undefined;
  const group = (signal: NodeJS.Signals): void => {
    try {
      if (child?.pid) process.kill(-child.pid, signal);
    } catch {
      /* it is gone */
    }
  };
  // A group of its own does not hear the terminal's Ctrl-C.
  const forward = (signal: NodeJS.Signals): void => {
    ended = signal;
    group(signal);
  };
  // Before it is begun: it may run, and be ended, before spawn comes back.
  process.on('SIGINT', forward).on('SIGTERM', forward);
  child = spawn(program, rest, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, ...env },
  });
  let late = false;
  const kill = setTimeout(() => {
    late = true;
    group('SIGTERM');
    setTimeout(group, 20_000, 'SIGKILL').unref();
  }, seconds * 1000);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (late) return 124;
    return code ?? 128 + (signal ? constants.signals[signal] : 0);
  } finally {
    clearTimeout(kill);
    process.off('SIGINT', forward).off('SIGTERM', forward);
  }
};
