/** The TCP connection below an SSH connection. */
import { connect as tcp, type Socket } from 'node:net';
import type { Target } from './route.js';
import type { WorldFailed } from '../../model/event.js';
import { failed } from '../failures.js';

/** Where ssh connects to. */
export const dialled = (host: Target): string => host.ssh.address ?? host.address;

/** Rejects with WorldFailed `unreachable`; destroys the socket when `signal` comes. */
export const dial = (host: Target, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = tcp({ host: dialled(host), port: host.ssh.port, noDelay: true });
    const give = (error: NodeJS.ErrnoException) => reject(unreachable(host, error));
    const abort = () => {
      socket.destroy();
    };
    signal.addEventListener('abort', abort);
    socket.once('error', give);
    socket.once('close', () => reject(unreachable(host, { code: 'ECONNABORTED' })));
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', give);
      resolve(socket);
    });
  });

const words: Readonly<Record<string, readonly [message: string, help: string]>> = {
  ECONNREFUSED: ['refuses connections', 'start sshd on the host, or correct ssh.port'],
  EHOSTUNREACH: ['cannot be reached: no route to host', 'check that the host is up and the address is right'],
  ENETUNREACH: ['cannot be reached: no route to its network', 'check the address and the routes of this machine'],
  ENOTFOUND: ['has a name that does not resolve', 'correct the address, or give the host an IP address'],
  EAI_AGAIN: [
    'has a name that cannot be resolved now',
    'check the resolver of this machine, or give the host an IP address',
  ],
};

const unreachable = (host: Target, error: { code?: string | undefined; message?: string }): WorldFailed => {
  const [message, help] = words[error.code ?? ''] ?? [
    `cannot be reached: ${error.code ?? error.message}`,
    'check that the host is up and that a firewall lets ssh through',
  ];
  const outside =
    host.externalAddress !== undefined && host.ssh.address === undefined
      ? `; if the hosts' own network is not to be reached from here, write ssh: {address: ${host.externalAddress}} ` +
        'at the host'
      : '';
  return failed(host.name, 'unreachable', `${dialled(host)} port ${host.ssh.port} ${message}`, help + outside);
};

/** The time is up. */
export const late = (host: Target, ms: number, connected: boolean): WorldFailed =>
  connected
    ? failed(
        host.name,
        'timeout',
        `${dialled(host)} port ${host.ssh.port} accepted the connection, but did not finish the login within ` +
          `${ms / 1000} s`,
        'look at the host: is it overloaded, does sshd wait for DNS (UseDNS), is another service on that port?',
      )
    : failed(
        host.name,
        'unreachable',
        `${dialled(host)} port ${host.ssh.port} did not answer within ${ms / 1000} s`,
        'check that the host is up and that a firewall lets ssh through',
      );
