/** From a host of the cluster file to a Connection. */
import type { Host } from '../model/cluster.js';
import type { Connect, Connection, ConnectOptions } from './connection.js';
import { session } from './session.js';
import { dial, dialled } from './ssh/dial.js';
import { opensshWire } from './ssh/openssh.js';
import { routeTo } from './ssh/resolve.js';
import type { Route } from './ssh/route.js';
import { ssh2Wire } from './ssh/ssh2.js';
import { becomeRoot } from './sudo.js';
import type { Wire } from './wire.js';

export const connect: Connect = async (host, options) => connectVia(await routeTo(host, options), carriedAlone);

/** Gives the wire to a jump host: an own one ends with the connection that it carries. */
export interface Carrier {
  wireTo(route: Route, signal: AbortSignal): Promise<Wire>;
  readonly own: boolean;
}

export const connectVia = async (route: Route, carrier: Carrier): Promise<Connection> => {
  const wire = await wireTo(route, carrier);
  const who = { host: route.host.name, user: route.target.ssh.user };
  try {
    return session(wire, { ...who, root: await becomeRoot(wire, who, route.options.sudoPassword) });
  } catch (error) {
    wire.close();
    throw error;
  }
};

/** Without a shell on it: for a jump host it carries other connections. */
export const wireTo = async (route: Route, carrier: Carrier): Promise<Wire> => {
  const { target, options, jumps } = route;
  if (route.needs.length > 0) return opensshWire(route);
  const last = jumps.at(-1);
  if (last === undefined) return ssh2Wire(target, options, signal => dial(target, signal));
  const before: Route = { ...last, jumps: jumps.slice(0, -1) };
  const state: { carrier?: Wire } = {};
  const wire = await ssh2Wire(target, options, async signal => {
    state.carrier = await carrier.wireTo(before, signal);
    return state.carrier.forward(dialled(target), target.ssh.port);
  }).catch(error => {
    if (carrier.own) state.carrier?.close();
    throw error;
  });
  if (carrier.own) void wire.lost.then(() => state.carrier?.close());
  return wire;
};

const carriedAlone: Carrier = {
  wireTo: (route, signal) => wireTo({ ...route, options: { ...route.options, signal } }, carriedAlone),
  own: true,
};

/** What is read for a host, and which client its configuration needs: `kw plan --explain-ssh`. Nothing is connected. */
export const explainRoute = (host: Host, options: ConnectOptions): Promise<Route> => routeTo(host, options);
