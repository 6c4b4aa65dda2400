/** When a host is there: sshd greets, and boot no longer keeps plain users out. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorldFailed } from '../model/event.js';

const timeoutMs = 60_000;

/** @param leader asks for the host's PID 1 on this machine, 0 while there is none. */
export const answers = async (
  name: string,
  address: string,
  leader: () => Promise<number>,
  signal?: AbortSignal,
): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    signal?.throwIfAborted();
    if (await greets(address)) {
      const pid = await leader();
      // pam_nologin refuses everyone but root while this file stands.
      if (pid > 0 && !existsSync(`/proc/${pid}/root/run/nologin`)) return;
    }
    await sleep(50);
  }
  throw new WorldFailed({
    class: 'timeout',
    host: name,
    message: `no answer from sshd on ${address} within ${timeoutMs / 1000} s`,
    help: 'its console.log in the cache says why',
  });
};

const greets = (address: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host: address, port: 22, timeout: 1_000 });
    const done = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', text => done(text.toString().startsWith('SSH-'))());
    socket.once('error', done(false)).once('timeout', done(false)).once('close', done(false));
  });
