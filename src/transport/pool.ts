/** Connections to many hosts at once; a host that fails takes nobody with it. */
import pLimit from 'p-limit';
import type { Host } from '../model/cluster.js';
import { type Failure, WorldFailed } from '../model/event.js';
import { type Carrier, connectVia, wireTo } from './connect.js';
import type { Connection, ConnectOptions } from './connection.js';
import { routeTo } from './ssh/resolve.js';
import type { Wire } from './wire.js';

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
  const jumps = sharedCarrier();
  const line = pLimit(limit);
  const all = await Promise.all(
    hosts.map(host =>
      line(async (): Promise<Connected> => {
        try {
          return { host, connection: await connectVia(await routeTo(host, options), jumps.carrier) };
        } catch (error) {
          if (!(error instanceof WorldFailed)) throw error;
          return { host, failure: { ...error.failure, host: host.name } };
        }
      }),
    ),
  );
  void Promise.all(all.map(each => ('connection' in each ? each.connection.closed : undefined))).then(jumps.close);
  return all;
};

const sharedCarrier = (): { readonly carrier: Carrier; readonly close: () => void } => {
  const open = new Map<string, Promise<Wire>>();
  const carrier: Carrier = {
    own: false,
    wireTo: route => {
      const way = [...route.jumps, route].map(({ target }) => [
        target.ssh.user,
        target.ssh.address,
        target.ssh.port,
        target.ssh.key,
      ]);
      const key = JSON.stringify(way);
      const known = open.get(key) ?? wireTo(route, carrier);
      known.catch(() => {});
      open.set(key, known);
      return known;
    },
  };
  return {
    carrier,
    close: () => {
      for (const each of open.values())
        each.then(
          wire => wire.close(),
          () => {},
        );
    },
  };
};
