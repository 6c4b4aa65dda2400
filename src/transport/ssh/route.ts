/** The way to a host, with everything that ssh's configuration adds to the cluster file. */
import type { Host, SshAccess } from '../../model/cluster.js';
import type { ConnectOptions } from '../connection.js';

/** A host whose `ssh.address` is where the TCP connection goes to. */
export interface Target extends Host {
  readonly ssh: SshAccess & { readonly user: string; readonly port: number };
}

/** One line of `kw plan --explain-ssh`. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /** `~/.ssh/config:3`, `cluster file`, `default`. */
  readonly from: string;
}

export interface Route {
  /** As the cluster file has it. */
  readonly host: Host;
  /** The word that ssh is given: what `Host` patterns are compared with. */
  readonly asked: string;
  readonly target: Target;
  /** With the keys, the agent and the known hosts of this host. */
  readonly options: ConnectOptions;
  /** Hosts on the way, the first one first. */
  readonly jumps: readonly Route[];
  /** Why the system's own ssh is needed; empty: it is not. */
  readonly needs: readonly string[];
  readonly settings: readonly Setting[];
  /** Files of ssh's configuration that were read; `by` whom. */
  readonly files: readonly string[];
  readonly by: string;
}

export const defaultUser = 'root';
export const defaultPort = 22;
