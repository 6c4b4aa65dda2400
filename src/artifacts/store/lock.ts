/**
 * One kw at a time does the same long work on one cache. The lock is flock(1)'s, so the kernel frees it whatever kills
 * us. Where flock is missing the work is only done twice: the store and the records are safe by atomic renames alone.
 */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Lock {
  release(): void;
}

const tellAfterMs = 1_000;

export async function lock(folder: string, name: string, onWait: () => void, signal?: AbortSignal): Promise<Lock> {
  await mkdir(folder, { recursive: true });
  // `cat` holds the lock until our end of its stdin closes, also when we are killed.
  const holder = spawn('flock', [join(folder, name), 'sh', '-c', 'echo locked; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const release = () => {
    holder.stdin.destroy();
  };
  const waiting = setTimeout(onWait, tellAfterMs);
  const abort = () => {
    holder.kill();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('error', () => resolve());
      holder.once('close', () => (signal?.aborted ? reject(signal.reason) : resolve()));
      holder.stdin.on('error', () => {});
    });
    return { release };
  } finally {
    clearTimeout(waiting);
    signal?.removeEventListener('abort', abort);
  }
}
