/** SSH in this process (ssh2): thousands of hosts without a process each. */
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import type { Target } from './route.js';
import { WorldFailed } from '../../model/event.js';
import type { ConnectOptions } from '../connection.js';
import { execution, watch } from './channels.js';
import { type Credentials, credentials } from './credentials.js';
import { type Deadline, deadline } from '../deadline.js';
import { dialled, late } from './dial.js';
import { floods } from '../bounds.js';
import { failed, interrupted } from '../failures.js';
import { type HostKey, hostKey } from './host-key.js';
import { readKeys } from './keys.js';
import { type Trust, trust } from './trust.js';
import type { Wire } from '../wire.js';

const defaultTimeoutMs = 10_000;

// In the order of ssh_config(5), HostKeyAlgorithms; SHA-1 signatures last and only because old hosts have no other.
const hostKeyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** Logs in over the stream that `dial` gives. Rejects with WorldFailed; then nothing stays open. */
export const ssh2Wire = async (
  host: Target,
  options: ConnectOptions,
  dial: (signal: AbortSignal) => Promise<Duplex>,
): Promise<Wire> => {
  const ms = options.timeoutMs ?? defaultTimeoutMs;
  const state: { socket?: Duplex } = {};
  const limit = deadline(
    ms,
    () => late(host, ms, state.socket !== undefined),
    () => interrupted(host.name),
    options.signal,
  );
  const client = new ssh2.Client();
  // After the login, `wire` listens; an error without a listener would end the process.
  client.on('error', () => {});
  try {
    const [known, keys] = await limit.race(
      Promise.all([trust(host, options), readKeys(host, options.keys ?? [], options.agent !== undefined)]),
    );
    const dialling = dial(limit.signal);
    dialling.then(
      socket => {
        if (limit.signal.aborted) socket.destroy();
      },
      () => {},
    );
    state.socket = await limit.race(dialling);
    const offers = credentials(host, keys, options.onlyKeys ? undefined : options.agent);
    await limit.race(login(client, host, state.socket, known, offers, limit));
    return wire(host, client, state.socket);
  } catch (error) {
    client.destroy();
    state.socket?.destroy();
    throw error;
  } finally {
    limit.stop();
  }
};

const login = (
  client: Client,
  host: Target,
  sock: Duplex,
  known: Trust,
  offers: Credentials,
  limit: Deadline,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let verdict: WorldFailed | undefined;
    const agentErrors: string[] = [];
    client.once('ready', resolve);
    client.on('error', (error: Error & { level?: string }) => {
      // ssh2 goes on with the next key after these.
      if (error.level === 'agent' || error.message.startsWith('Error while signing')) agentErrors.push(error.message);
      else reject(verdict ?? explained(host, error, offers, agentErrors));
    });
    client.once('close', () => reject(verdict ?? hungUp(host)));
    client.connect({
      sock: sock as never,
      username: host.ssh.user,
      readyTimeout: 0,
      keepaliveInterval: 5000,
      keepaliveCountMax: 3,
      authHandler: offers.handler,
      algorithms: { serverHostKey: [...new Set([...known.algorithms, ...hostKeyTypes])] as ServerHostKeyAlgorithm[] },
      hostVerifier: (blob: Buffer, answer: (good: boolean) => void) => {
        void refusalOf(hostKey(blob), known, limit).then(refusal => {
          verdict = refusal;
          answer(refusal === undefined);
        });
      },
    });
  });

/** While a person is asked, the login's time stands still. Never rejects. */
const refusalOf = (key: HostKey, known: Trust, limit: Deadline): Promise<WorldFailed | undefined> =>
  limit.pauseFor(known.verify(key)).catch(error => error);

const hungUp = (host: Target): WorldFailed =>
  failed(
    host.name,
    'unreachable',
    'the host closed the connection during the login',
    'look at its sshd: journalctl -u ssh; too many connections at once (MaxStartups) look like this too',
  );

const explained = (
  host: Target,
  error: Error & { level?: string },
  offers: Credentials,
  agentErrors: readonly string[],
): WorldFailed => {
  if (error.level === 'client-authentication') return offers.refused(agentErrors.join('; '));
  if (/Too many authentication failures/.test(error.message)) return offers.refused(error.message);
  if (error.level === 'client-socket' || /Connection lost/.test(error.message))
    return failed(
      host.name,
      'unreachable',
      `the connection broke during the login: ${error.message}`,
      'is it sshd that listens there? Too many connections at once (MaxStartups) look like this too',
    );
  return failed(
    host.name,
    'refused',
    `no SSH session: ${error.message}`,
    `try: ssh -v -p ${host.ssh.port} ${host.ssh.user}@${dialled(host)}`,
  );
};

const wire = (host: Target, client: Client, socket: Duplex): Wire => {
  const life = lifeOf(host, client, socket);
  const { lost, drop } = life;
  const watched = watch(socket, () => drop(floods(host.name)));
  const attempt = async <T>(begin: (done: Done<T>) => void): Promise<T> => {
    if (life.isClosed()) throw wasClosed(host);
    return Promise.race([
      calledBack(begin),
      lost.then(failure => {
        throw failure ?? wasClosed(host);
      }),
    ]);
  };
  return {
    lost,
    exec: async command =>
      execution(
        watched(
          await attempt<ClientChannel>(done => client.exec(command, done)).catch(error => {
            throw channelFailed(host, error);
          }),
        ),
      ),
    forward: async (address, port) =>
      watched(
        await attempt<ClientChannel>(done => client.forwardOut('127.0.0.1', 0, address, port, done)).catch(error => {
          throw forwardFailed(host, address, port, error);
        }),
      ),
    close: life.close,
    drop,
  };
};

type Done<T> = (error: Error | undefined, result: T) => void;

/** What ssh2 throws and what it calls back with are one. */
const calledBack = <T>(begin: (done: Done<T>) => void): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    try {
      begin((error, result) => (error ? reject(error) : resolve(result)));
    } catch (error) {
      reject(error);
    }
  });

/** How a connection ends: closed by us, dropped for a reason, or lost. */
const lifeOf = (host: Target, client: Client, socket: Duplex) => {
  let closed = false;
  let last: Error | undefined;
  let dropped: WorldFailed | undefined;
  const drop = (why: WorldFailed): void => {
    dropped ??= why;
    client.destroy();
    socket.destroy();
  };
  client.on('error', error => {
    last = error;
  });
  return {
    drop,
    lost: new Promise<WorldFailed | undefined>(resolve => {
      client.once('close', () => resolve(closed ? undefined : (dropped ?? gone(host, last))));
    }),
    isClosed: () => closed,
    close: () => {
      closed = true;
      client.end();
      // A host that does not hang up must not keep anybody here.
      setTimeout(() => drop(interrupted(host.name)), 2000).unref();
    },
  };
};

const wasClosed = (host: Target): WorldFailed => failed(host.name, 'unreachable', 'the connection was closed');

const gone = (host: Target, error: Error | undefined): WorldFailed =>
  failed(
    host.name,
    'unreachable',
    `the connection was lost${error ? `: ${error.message}` : ''}`,
    'check that the host is up, then run the same command again: it goes on where it was',
  );

const channelFailed = (host: Target, error: Error): WorldFailed =>
  error instanceof WorldFailed
    ? error
    : failed(
        host.name,
        /Not connected|No response/.test(error.message) ? 'unreachable' : 'refused',
        `cannot start a script: ${error.message}`,
        'sshd may allow too few sessions: MaxSessions must be at least 10',
      );

const forwardFailed = (host: Target, address: string, port: number, error: Error): WorldFailed =>
  error instanceof WorldFailed
    ? error
    : failed(
        host.name,
        'unreachable',
        `cannot connect from the host to ${address} port ${port}: ${error.message}`,
        /prohibited/.test(error.message)
          ? 'sshd forbids it: AllowTcpForwarding must be yes'
          : 'check that something listens there',
      );
