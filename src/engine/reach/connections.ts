/** One connection per host, made when it is first needed and kept; a fresh one after a cut. */
import pLimit from 'p-limit';
import { type EventBody, type Failure, WorldFailed } from '../../model/event.js';
import type { Connection } from '../../transport/connection.js';
import type { Context } from '../context.js';
import { failureOf } from '../run/step-tracker.js';

export interface Connections {
  readonly get: Context['connections'];
  /** Connects to all; resolves when every one has answered or failed, never rejects for a host's sake. */
  all(hosts: readonly string[]): Promise<{ readonly lost: ReadonlyMap<string, Failure> }>;
  close(): void;
}

export interface ConnectionParts {
  /** Logs in within `turn`: while a person is asked, others may have theirs. */
  readonly connect: (host: string, turn: <T>(act: () => Promise<T>) => Promise<T>) => Promise<Connection>;
  readonly emit: (body: EventBody) => void;
  /** Logins at the same time. */
  readonly limit: number;
}

export const connectionsOf = ({ connect, emit, limit }: ConnectionParts): Connections => {
  const open = new Map<string, Promise<Connection>>();
  const turn = pLimit(limit);
  let closed = false;

  const dial = async (host: string): Promise<Connection> => {
    if (closed) throw new WorldFailed({ class: 'unreachable', host, message: 'the run is over' });
    emit({ type: 'host-connecting', host });
    const connection = await connect(host, act => turn(act));
    emit({ type: 'host-ready', host });
    return connection;
  };
  const get: Context['connections'] = (host, how = {}) => {
    const known = open.get(host);
    if (known && !how.fresh) return known;
    // Most likely dead already; it must not live on unseen if it is not.
    if (known) hangUp(known);
    const made = dial(host);
    open.set(host, made);
    // What was lost is not given out again; who holds it learns it from its own failure.
    const forget = (): void => {
      if (open.get(host) === made) open.delete(host);
    };
    made.then(connection => connection.closed).then(forget, forget);
    return made;
  };
  return {
    get,
    all: hosts => lostAmong(hosts, get, emit),
    close() {
      closed = true;
      for (const each of open.values()) hangUp(each);
    },
  };
};

/** Once it stands, where it ever does. */
const hangUp = (connection: Promise<Connection>): void =>
  void connection.then(
    one => one.close(),
    () => {},
  );

const lostAmong = async (
  hosts: readonly string[],
  get: Connections['get'],
  emit: ConnectionParts['emit'],
): ReturnType<Connections['all']> => {
  const lost = new Map<string, Failure>();
  await Promise.all(
    hosts.map(host =>
      get(host).catch(error => {
        const failure = failureOf(error);
        lost.set(host, failure);
        emit({ type: 'host-lost', host, failure });
      }),
    ),
  );
  return { lost };
};
