/** This machine itself as a host: no ssh, the same scripts. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { connect as tcp } from 'node:net';
import { userInfo } from 'node:os';
import type { Connection } from './connection.js';
import type { WorldFailed } from '../model/event.js';
import { bounds as usual, type Bounds } from './bounds.js';
import { childExecution, letGo } from './child.js';
import { failed } from './failures.js';
import { session } from './session.js';

export const local = (host: string, bounds: Bounds = usual): Connection => {
  let end: (why?: WorldFailed) => void = () => {};
  const children = new Set<ChildProcessWithoutNullStreams>();
  let closed = false;
  const lost = new Promise<WorldFailed | undefined>(resolve => {
    end = resolve;
  });
  return session(
    {
      lost,
      async exec(command) {
        if (closed) throw failed(host, 'unreachable', 'the connection was closed');
        // A process group of its own, as sshd gives one: `kill` ends the script and nothing else.
        const child = spawn('sh', ['-c', command], { detached: true });
        children.add(child);
        child.once('close', () => children.delete(child));
        return childExecution(child);
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
      drop(why) {
        closed = true;
        for (const child of children) letGo(child);
        end(why);
      },
    },
    { host, user: userInfo().username, root: userInfo().uid === 0 ? 'is root' : 'sudo' },
    bounds,
  );
};
