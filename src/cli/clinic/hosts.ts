/** The chart of a cluster that somebody else built, from hosts named on the command line. */
import { homedir } from 'node:os';
import { lookup } from 'node:dns/promises';
import { confirm, isCancel } from '@clack/prompts';
import type { Chart } from '../../clinic/chart.js';
import { gatherChart } from '../../engine/gather/chart.js';
import type { ApiWay } from '../../engine/gather/api.js';
import { adminWays, kubeconfigWay } from '../../engine/gather/ways.js';
import { adoption, subjects } from '../../facts/adopt.js';
import type { Host } from '../../model/cluster.js';
import { isIP } from '../../pki/ip.js';
import { connect } from '../../transport/connect.js';
import type { Connection } from '../../transport/connection.js';
import { fromSurroundings } from '../../transport/environment.js';
import { mistaken } from '../complaint.js';
import { clock } from '../cluster/open.js';
import { askSigns } from './ask-signs.js';

export interface Access { readonly sshUser: string | undefined; readonly sshKey: string | undefined; readonly kubeconfig: { readonly path: string; readonly text: string } | undefined }

export const ofHosts = async (list: string, access: Access): Promise<Chart> => {
  const hosts = await Promise.all(list.split(',').map(word => word.trim()).filter(Boolean).map(word => hostOf(word, access)));
  if (hosts.length === 0) throw mistaken('no-hosts', '--hosts names no host', '--hosts kw-1,root@10.0.0.2:22');
  const open = new Map<string, Promise<Connection>>();
  const ssh = fromSurroundings({ env: process.env, home: homedir(), clusterDirectory: `${homedir()}/.kubewizard` });
  const connections = (name: string): Promise<Connection> => {
    const host = hosts.find(one => one.name === name);
    if (!host) throw new Error(`nobody named the host ${name}`);
    const known = open.get(name) ?? connect(host, { ...ssh, ...asking });
    open.set(name, known);
    return known;
  };
  try {
    // Roles first: which ports of whom must be tried depends on what every host is for.
    const asked = await Promise.all(hosts.map(host => askSigns(host, () => connections(host.name))));
    // Under the names that the person gave; one address for each, as the others know it.
    const known = subjects(asked).map((one, index) => ({ ...one, name: hosts[index]?.name ?? one.name }));
    return await gatherChart({
      hosts: known, connections, clock, endpointPort: adoption(asked).endpoint.port,
      api: async () => access.kubeconfig ? [kubeconfigWay(access.kubeconfig.text, access.kubeconfig.path)] : waysOf(hosts, connections),
    });
  } finally {
    for (const each of open.values()) void each.then(connection => connection.close(), () => undefined);
  }
};

const waysOf = async (hosts: readonly Host[], connections: (name: string) => Promise<Connection>): Promise<readonly ApiWay[]> =>
  (await Promise.all(hosts.map(host => adminWays(host, () => connections(host.name)).catch(() => [])))).flat();

const hostOf = async (word: string, { sshUser, sshKey }: Access): Promise<Host> => {
  const [, user, name = '', port] = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(word) ?? [];
  if (name === '') throw mistaken('bad-host', `${word} is not user@host:port`, '--hosts kw-1,root@10.0.0.2:22');
  const bare = name.replace(/^\[|\]$/g, '');
  // Its address among the hosts; a name that only ssh knows stays what it is.
  const address = isIP(bare) ? bare : await lookup(bare, { family: 4 }).then(found => found.address, () => bare);
  return { name: bare, address, roles: [], labels: {}, taints: [], ssh: { address: bare, user: user ?? sshUser ?? 'root', port: Number(port ?? 22), ...sshKey !== undefined && { key: sshKey } } };
};

const asking = process.stdin.isTTY && process.stderr.isTTY ? {
  trustNew: async (host: Host, fingerprint: string): Promise<boolean> => {
    const answer = await confirm({ message: `${host.name} has the unknown host key ${fingerprint}. Trust it?`, initialValue: false });
    return !isCancel(answer) && answer;
  },
} : {};
