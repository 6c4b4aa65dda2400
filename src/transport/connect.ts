/** From a host of the cluster file to a Connection. */
import type { Host } from '../model/cluster.js';
import type { Connect, Connection, ConnectOptions } from './connection.js';
import { dial, dialled } from './ssh/dial.js';
import { failed } from './failures.js';
import { opensshWire } from './ssh/openssh.js';
import { session } from './session.js';
import { ssh2Wire } from './ssh/ssh2.js';

export const connect: Connect = (host, options) =>
  connectVia(host, options, (jump, signal) => connect(jump, { ...options, signal }), true);

/** `jumpTo` gives the connection to a jump host; an own one ends with the connection that it carries. */
export const connectVia = async (
  host: Host,
  options: ConnectOptions,
  jumpTo: (jump: Host, signal: AbortSignal) => Promise<Connection>,
  own: boolean,
): Promise<Connection> => {
  const who = { host: host.name, user: host.ssh.user };
  if (options.transport === 'openssh') return session(await opensshWire(host, options), who);
  if (host.ssh.jump === undefined) return session(await ssh2Wire(host, options, signal => dial(host, signal)), who);
  const jump = jumpHost(host, host.ssh.jump);
  const state: { carrier?: Connection } = {};
  const wire = await ssh2Wire(host, options, async signal => {
    state.carrier = await jumpTo(jump, signal);
    return state.carrier.forward(dialled(host), host.ssh.port);
  }).catch(error => {
    if (own) state.carrier?.close();
    throw error;
  });
  if (own) void wire.lost.then(() => state.carrier?.close());
  return session(wire, who);
};

/** `user@host:port`; user and port may be missing. IPv6 stands in brackets. */
export const jumpHost = (host: Host, jump: string): Host => {
  const parts = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(jump);
  if (!parts?.[2]) throw failed(host.name, 'refused', `the jump host ${jump} is not user@host:port`);
  const { hostKey: _, jump: __, address: ___, ...ssh } = host.ssh;
  return {
    name: jump,
    address: parts[2].replace(/^\[|\]$/g, ''),
    roles: [],
    labels: {},
    taints: [],
    ssh: { ...ssh, user: parts[1] ?? ssh.user, port: Number(parts[3] ?? 22) },
  };
};
