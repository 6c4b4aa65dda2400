/** A real sshd on loopback, run by this user, with keys of its own, in a directory that goes with it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as tcp, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Host, SshAccess } from '../../src/model/cluster.js';
import type { ConnectOptions } from '../../src/transport/connection.js';

const binary = '/usr/sbin/sshd';

/** Why these tests cannot run here; undefined: they can. */
export const unable: string | undefined = !existsSync(binary)
  ? 'no sshd on this machine'
  : userInfo().uid !== 0 && spawnSync('sudo', ['-n', 'true']).status !== 0
    ? 'neither root nor sudo without a password'
    : undefined;

export interface Sshd {
  readonly directory: string;
  readonly port: number;
  readonly pid: number;
  readonly host: Host;
  readonly options: ConnectOptions;
  hostKey(type: string): string;
  access(more: Partial<SshAccess>): Host;
  stop(): Promise<void>;
}

export const hostKeyTypes = ['ed25519', 'ecdsa', 'rsa'] as const;

export const newKey = (file: string, type = 'ed25519', passphrase = ''): string => {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
  return file;
};

export const startSshd = async (
  types: readonly string[] = ['ed25519'],
  lines: readonly string[] = [],
  within: (directory: string) => readonly string[] = () => [],
): Promise<Sshd> => {
  const directory = mkdtempSync(join(tmpdir(), 'kw-sshd-'));
  const user = userInfo().username;
  const port = await freePort();
  // sshd run by root refuses to start without it.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  for (const type of types) newKey(join(directory, `host_${type}`), type);
  newKey(join(directory, 'id'));
  writeFileSync(join(directory, 'authorized_keys'), readFileSync(join(directory, 'id.pub')));
  writeFileSync(
    join(directory, 'sshd_config'),
    [
      ...lines,
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      'MaxStartups 100',
      ...types.map(type => `HostKey ${join(directory, `host_${type}`)}`),
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      'PasswordAuthentication no',
      '',
    ].join('\n'),
  );
  // Words before the command: a namespace in which it runs.
  const [command = binary, ...words] = [...within(directory), binary, '-D', '-e', '-f', join(directory, 'sshd_config')];
  const child = spawn(command, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listening(child, port);
  const hostKey = (type: string) =>
    readFileSync(join(directory, `host_${type}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  writeFileSync(join(directory, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey(types[0] ?? 'ed25519')}\n`);
  const ssh: SshAccess = { user, port, key: join(directory, 'id') };
  const host: Host = { name: 'kw-a', address: '127.0.0.1', roles: [], labels: {}, taints: [], ssh };
  return {
    directory,
    port,
    host,
    hostKey,
    pid: child.pid ?? 0,
    options: { knownHosts: { files: [join(directory, 'known_hosts')] }, timeoutMs: 60_000 },
    access: more => ({ ...host, ssh: { ...ssh, ...more } }),
    stop: () => stop(child, directory),
  };
};

export const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const listening = async (child: ChildProcess, port: number): Promise<void> => {
  let message = '';
  child.stderr?.on('data', chunk => {
    message += chunk;
  });
  for (let n = 0; n < 100; n++) {
    if (child.exitCode !== null) throw new Error(`sshd did not start: ${message}`);
    if (await answers(port)) return;
    await new Promise(resolve => {
      setTimeout(resolve, 20);
    });
  }
  throw new Error(`sshd does not listen: ${message}`);
};

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = tcp(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

const stop = (child: ChildProcess, directory: string): Promise<void> =>
  new Promise(resolve => {
    child.once('exit', () => {
      rmSync(directory, { recursive: true, force: true });
      resolve();
    });
    child.kill('SIGTERM');
  });
