/** A process of this machine as an execution. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Execution } from './wire.js';

/** Whatever it or its children still do: nothing more is read of it, and nothing waits for it. */
export const letGo = (child: ChildProcessWithoutNullStreams): void => {
  child.kill('SIGKILL');
  for (const each of [child.stdin, child.stdout, child.stderr]) each.destroy();
};

/** `own` says whether an exit code is the script's own, or that of the process which carried it. */
export const childExecution = (
  child: ChildProcessWithoutNullStreams,
  own: (code: number) => Promise<boolean> = async () => true,
): Execution => ({
  stdin: child.stdin,
  stdout: child.stdout,
  stderr: child.stderr,
  exit: new Promise(resolve => {
    child.once('error', () => resolve({}));
    child.once('exit', (code, signal) => {
      if (code === null) resolve(signal ? { signal } : {});
      else void own(code).then(yes => resolve(yes ? { code } : {}));
    });
  }),
  gone: new Promise(resolve => {
    child.once('close', () => resolve());
  }),
  destroy() {
    child.stdout.resume();
    child.stderr.resume();
    child.stdin.destroy();
    child.kill();
  },
});
