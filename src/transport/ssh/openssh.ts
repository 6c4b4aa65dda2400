/** SSH by the system's own client, for what ssh2 lacks: certificates, security keys, everything in ~/.ssh/config. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import type { Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import type { ConnectOptions } from '../connection.js';
import { type Deadline, deadline } from '../deadline.js';
import { dial, dialled } from './dial.js';
import { lastOf } from '../bounds.js';
import { failed, interrupted } from '../failures.js';
import { serverName } from './known-hosts.js';
import { refusal } from './openssh-refusal.js';
import { childExecution } from '../child.js';
import { ssh2Wire } from './ssh2.js';
import type { Wire } from '../wire.js';

const patience = 10_000;

/** One master process per host holds the connection (ControlMaster), each script is one more process. */
export const opensshWire = async (host: Host, options: ConnectOptions): Promise<Wire> => {
  const ms = options.timeoutMs ?? patience;
  const limit = deadline(
    ms,
    () =>
      failed(
        host.name,
        'unreachable',
        `${dialled(host)} port ${host.ssh.port}: ssh did not log in within ${ms / 1000} s`,
        `try: ssh -v -p ${host.ssh.port} ${host.ssh.user}@${dialled(host)}`,
      ),
    () => interrupted(host.name),
    options.signal,
  );
  // Short: the path of a unix socket ends at 104 characters.
  const directory = await mkdtemp(join(tmpdir(), 'kw-'));
  const words = await arguments_(host, options, directory);
  try {
    const master = await start(host, words, directory, limit).catch(async error => {
      if (!(error instanceof HostKeyRefused)) throw error;
      await settleHostKey(host, options, directory, limit, error);
      return start(host, words, directory, limit);
    });
    return wire(host, words, master, directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error instanceof HostKeyRefused ? error.failure : error;
  } finally {
    limit.stop();
  }
};

class HostKeyRefused extends Error {
  readonly failure: WorldFailed;
  constructor(failure: WorldFailed) {
    super(failure.message);
    this.failure = failure;
  }
}

const accepted = (directory: string): string => join(directory, 'accepted');

const arguments_ = async (
  host: Host,
  { knownHosts }: ConnectOptions,
  directory: string,
): Promise<readonly string[]> => {
  const { hostKey, jump, key, port, user } = host.ssh;
  if (hostKey !== undefined) await writeFile(accepted(directory), `${serverName(dialled(host), port)} ${hostKey}\n`);
  const files = [accepted(directory), ...(hostKey === undefined ? knownHosts.files : [])];
  const set = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    ServerAliveInterval: '5',
    ServerAliveCountMax: '3',
    UserKnownHostsFile: files.map(file => `"${file}"`).join(' '),
    ControlPath: `"${join(directory, 'c')}"`,
    RequestTTY: 'no',
    // What a person's configuration gives to interactive sessions no host gets of kw: the agent's keys above all.
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    LogLevel: 'ERROR',
    ...(hostKey === undefined ? {} : { GlobalKnownHostsFile: 'none' }),
  };
  return [
    ...Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '-p',
    String(port),
    '-l',
    user,
    ...(key === undefined ? [] : ['-i', key]),
    ...(jump === undefined ? [] : ['-J', jump]),
  ];
};

const start = async (
  host: Host,
  words: readonly string[],
  directory: string,
  limit: Deadline,
): Promise<ChildProcessWithoutNullStreams> => {
  const master = spawn('ssh', ['-M', '-N', '-o', 'ControlPersist=no', ...words, '--', dialled(host)]);
  const state: { output: string; over?: WorldFailed } = { output: '' };
  master.stderr.on('data', chunk => {
    state.output = lastOf(state.output + chunk);
  });
  master.once('error', error => {
    state.over = failed(host.name, 'unreachable', `cannot start ssh: ${error.message}`, 'install openssh-client');
  });
  // `close`, not `exit`: all that it said has been read then.
  master.once('close', () => {
    state.over ??= refusal(host, state.output);
  });
  try {
    // The socket appears once the login succeeded.
    while (!existsSync(join(directory, 'c'))) {
      if (state.over)
        throw /Host key verification failed/.test(state.output) ? new HostKeyRefused(state.over) : state.over;
      await limit.race(
        new Promise(resolve => {
          setTimeout(resolve, 10);
        }),
      );
    }
  } catch (error) {
    master.kill();
    throw error;
  }
  return master;
};

/** ssh names no fingerprint of a key that it does not know; ssh2 sees it, asks for it, and words the refusal. */
const settleHostKey = async (
  host: Host,
  options: ConnectOptions,
  directory: string,
  limit: Deadline,
  error: HostKeyRefused,
): Promise<void> => {
  if (host.ssh.jump !== undefined) throw error;
  const { key: _, ...ssh } = host.ssh;
  const knownHosts = { ...options.knownHosts, remember: options.knownHosts.remember ?? accepted(directory) };
  const { agent: __, ...rest } = options;
  const looked = await limit.pauseFor(
    ssh2Wire({ ...host, ssh }, { ...rest, keys: [], knownHosts }, signal => dial(host, signal)).catch(
      failure => failure,
    ),
  );
  // Without any key to offer, a failed login means that the host key is good now.
  if (looked instanceof WorldFailed && looked.failure.class !== 'auth') throw looked;
};

const wire = (
  host: Host,
  words: readonly string[],
  master: ChildProcessWithoutNullStreams,
  directory: string,
): Wire => {
  let closed = false;
  let output = '';
  let dropped: WorldFailed | undefined;
  master.stderr.on('data', chunk => {
    output = lastOf(output + chunk);
  });
  const lost = new Promise<WorldFailed | undefined>(resolve => {
    master.once('close', () => {
      resolve(
        closed
          ? undefined
          : (dropped ??
              failed(
                host.name,
                'unreachable',
                `the connection was lost${output ? `: ${output}` : ''}`,
                'check that the host is up, then run the same command again: it goes on where it was',
              )),
      );
      void rm(directory, { recursive: true, force: true });
    });
  });
  const client = (more: readonly string[], command: readonly string[] = []) => {
    if (closed || master.exitCode !== null || master.signalCode !== null)
      throw failed(host.name, 'unreachable', 'the connection was closed');
    // Without its master, a client must not log in anew.
    return spawn('ssh', [
      '-o',
      'ControlMaster=no',
      '-o',
      'ProxyCommand=false',
      ...words,
      ...more,
      '--',
      dialled(host),
      ...command,
    ]);
  };
  return {
    lost,
    // 255 is mostly ssh's own; on a busy control machine the master may end well after its clients did.
    exec: async command =>
      childExecution(
        client([], [command]),
        async code => code !== 255 || !(await Promise.race([lost.then(() => true), pause(2000)])),
      ),
    forward: async (address, port) =>
      tunnel(client(['-W', `${address.includes(':') ? `[${address}]` : address}:${port}`])),
    close() {
      closed = true;
      master.kill();
    },
    drop(why) {
      dropped ??= why;
      master.kill('SIGKILL');
    },
  };
};

const pause = (ms: number) =>
  new Promise<undefined>(resolve => {
    setTimeout(resolve, ms, undefined).unref();
  });

const tunnel = (child: ChildProcessWithoutNullStreams): Duplex => {
  const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
  child.stdin.on('error', () => {});
  duplex.on('close', () => {
    child.kill();
  });
  return duplex;
};
