/**
 * Takes the runner's lab down after a runner that was killed. The lab's name is this run's own, so nobody else can be
 * meant.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The end of our process is the end of its input. @returns what lets it go. */
export const guard = (labDirectory: string): (() => void) => {
  const script = 'read -r line; sleep 1; [ ! -e "$1" ] || exec /bin/sh "$1"';
  const child = spawn('/bin/sh', ['-c', script, 'kw-test-guard', join(labDirectory, 'down.sh')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // A pipe of a child is a socket to Node, and would keep the process alive.
  (child.stdin as unknown as { unref(): void }).unref();
  return () => child.stdin.end();
};
