/** This machine itself as a host: no ssh, the same scripts. */
import { spawn } from 'node:child_process';
import { connect as tcp } from 'node:net';
import { userInfo } from 'node:os';
import type { Connection } from './connection.js';
import { childExecution } from './child.js';
import { failed } from './failures.js';
import { session } from './session.js';

export const local = (host: string): Connection => {
  let end: () => void = () => {};
  let closed = false;
  const lost = new Promise<undefined>(resolve => {
    end = () => resolve(undefined);
  });
  return session(
    {
      lost,
      async exec(command) {
        if (closed) throw failed(host, 'unreachable', 'the connection was closed');
        // A process group of its own, as sshd gives one: `kill` ends the script and nothing else.
        return childExecution(spawn('sh', ['-c', command], { detached: true }));
      },
      forward: (address, port) =>
        new Promise((resolve, reject) => {
          const socket = tcp({ host: address, port, noDelay: true });
          socket.once('error', error =>
            reject(failed(host, 'unreachable', `cannot connect to ${address} port ${port}: ${error.message}`)),
          );
          socket.once('connect', () => resolve(socket));
        }),
      close() {
        closed = true;
        end();
      },
    },
    { host, user: userInfo().uid === 0 ? 'root' : userInfo().username },
  );
};
