/** Connections to many hosts at once; a host that fails takes nobody with it. */
import pLimit from 'p-limit';
import type { Host } from '../model/cluster.js';
import { type Failure, WorldFailed } from '../model/event.js';
import { connect, connectVia } from './connect.js';
import type { Connection, ConnectOptions } from './connection.js';

export type Connected =
  | { readonly host: Host; readonly connection: Connection }
  | { readonly host: Host; readonly failure: Failure };

/**
 * One result per host, in their order; rejects only for our own bugs. Hosts behind one jump host share its connection.
 */
export const connectAll = async (
  hosts: readonly Host[],
  options: ConnectOptions,
  limit = 64,
): Promise<readonly Connected[]> => {
  const jumps = jumpHosts(options);
  const line = pLimit(limit);
  const all = await Promise.all(
    hosts.map(host =>
      line(async (): Promise<Connected> => {
        try {
          return { host, connection: await connectVia(host, options, jumps.to, false) };
        } catch (error) {
          if (!(error instanceof WorldFailed)) throw error;
          return { host, failure: { ...error.failure, host: host.name } };
        }
      }),
    ),
  );
  void Promise.all(
    all.map(each => ('connection' in each && each.host.ssh.jump !== undefined ? each.connection.closed : undefined)),
  ).then(jumps.close);
  return all;
};

const jumpHosts = (options: ConnectOptions) => {
  const open = new Map<string, Promise<Connection>>();
  return {
    to: (jump: Host): Promise<Connection> => {
      const key = `${jump.name} ${jump.ssh.key ?? ''}`;
      const known = open.get(key) ?? connect(jump, options);
      known.catch(() => {});
      open.set(key, known);
      return known;
    },
    close: () => {
      for (const each of open.values())
        each.then(
          connection => connection.close(),
          () => {},
        );
    },
  };
};
