/** A lab for the length of one piece of work: it ends with the work, with a signal, or with the process. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { labDown } from './down.js';
import type { LabState } from './lab.js';
import { defaultLab, type LabWant } from './layout.js';
import { labDirectory } from './state.js';
import { labUp } from './up.js';
import { type LabOptions, labWorld } from './world.js';

export interface WithLab extends LabWant {
  /** A watchdog outlives even a kill -9 of this process and takes the lab down then. */
  readonly ephemeral?: boolean;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export const withLab = async <T>(
  want: WithLab,
  work: (lab: LabState) => Promise<T>,
  options: LabOptions = {},
): Promise<T> => {
  const name = want.name ?? defaultLab;
  const stop = new AbortController();
  const ended = (signal: NodeJS.Signals): void => {
    for (const one of signals) process.off(one, ended);
    stop.abort(new Error(signal));
    void labDown(name, options).finally(() => process.kill(process.pid, signal));
  };
  for (const one of signals) process.on(one, ended);
  const owner = randomUUID();
  const release = want.ephemeral ? watchdog(labDirectory(labWorld(options), name), owner) : () => undefined;
  try {
    const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
    return await work(await labUp({ ...want, owner }, { ...options, signal }));
  } finally {
    await labDown(name, options);
    for (const one of signals) process.off(one, ended);
    release();
  }
};

/**
 * Takes a lab down after its owner. It holds the far end of a pipe of ours: the end of our process is the end of its
 * input, and no pid can be mistaken. The second of grace lets scripts end that a killed owner had begun.
 */
export const watchdog = (directory: string, owner: string): (() => void) => {
  const script = 'read -r line; sleep 1; [ "$(cat "$1/owner" 2>/dev/null)" != "$2" ] || exec /bin/sh "$1/down.sh"';
  const child = spawn('/bin/sh', ['-c', script, 'kwlab-watchdog', directory, owner], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // A pipe of a child is a socket to Node, and would keep the process alive.
  (child.stdin as unknown as { unref(): void }).unref();
  return () => child.stdin.end();
};
