/** The seam between the program and a host: scripts run as root, sockets are forwarded, and nothing else. */
import type { Script } from '../shell/sh.js';
import type { Duplex } from 'node:stream';
import type { Host } from '../model/cluster.js';
import type { WorldFailed } from '../model/event.js';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What the script finds on its stdin; absent: nothing. */
  readonly stdin?: string;
  /** Milliseconds for the whole run; absent: ten minutes. Then the script is killed and the run fails as `timeout`. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Of stdout and stderr together; more fails the run. Default 64 MiB. */
  readonly maxBytes?: number;
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
}

/** Every method rejects with `WorldFailed`; a script's exit code other than 0 is not a failure here. */
export interface Connection {
  /** Its name in the cluster file. */
  readonly host: string;
  /** Runs a POSIX sh script as root. The script is never in argv; it may be megabytes. */
  run(script: Script, options?: RunOptions): Promise<Outcome>;
  /** Starts a script as root with its stdin kept open. */
  open(script: Script, options?: OpenOptions): Promise<Channel>;
  /** A TCP connection from the host to `address:port`. */
  forward(address: string, port: number): Promise<Duplex>;
  close(): void;
  /** Never rejects: undefined after `close()`, else why the connection was lost. */
  readonly closed: Promise<WorldFailed | undefined>;
}

export interface Channel {
  /** Resolves when the host has taken it in, or is gone: who waits holds no more than one piece for it. */
  write(text: string): Promise<void>;
  /** No more stdin. */
  end(): void;
  /**
   * stdout in chunks that never cut a UTF-8 character. Ends when the script does; throws WorldFailed when the
   * connection is lost.
   */
  readonly output: AsyncIterable<string>;
  /** Rejects with WorldFailed when the connection is lost, or the script was killed. */
  readonly done: Promise<{ readonly code: number; readonly stderr: string }>;
  /** Kills the script and its children on the host (TERM, a second later KILL). */
  kill(): void;
}

/** Where host keys are known from. */
export interface KnownHosts {
  /** Paths in OpenSSH's format, in order; those that do not exist are skipped. */
  readonly files: readonly string[];
  /** Path of the file to which a key is appended that `trustNew` accepted. */
  readonly remember?: string;
  /** The name under which they have the host (HostKeyAlias), if not its address and port. */
  readonly alias?: string;
}

/** Where ssh's own configuration lies. */
export interface SshConfig {
  /** The home folder of the user as the system knows it: ssh does not look at $HOME. */
  readonly home: string;
  /** Read instead of `~/.ssh/config` and the system's (`ssh -F`); `none`: nothing is read. */
  readonly file?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As if this machine had no ssh client. */
  readonly without?: true;
}

export interface ConnectOptions {
  readonly knownHosts: KnownHosts;
  /** Milliseconds to connect and log in. Default 10,000. */
  readonly timeoutMs?: number;
  /** Socket of an ssh agent; absent: none. */
  readonly agent?: string;
  /** Paths of private keys for hosts that name none; those that do not exist are skipped. */
  readonly keys?: readonly string[];
  /** Only the named keys are offered, also of the agent's (IdentitiesOnly). */
  readonly onlyKeys?: true;
  /** Followed as ssh follows it; absent: nothing but these options counts. */
  readonly config?: SshConfig;
  /** Of the user, for sudo; absent: sudo must ask for none. In memory alone, never in argv. */
  readonly sudoPassword?: string;
  /** Asked about a key that nobody knows; absent: `UnknownHostKey`. `fingerprint` as `SHA256:…`. */
  readonly trustNew?: (host: Host, fingerprint: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
  /** Absent: our own client (ssh2), or the system's ssh where the configuration needs it. */
  readonly transport?: 'ssh2' | 'openssh';
}

export type Connect = (host: Host, options: ConnectOptions) => Promise<Connection>;
