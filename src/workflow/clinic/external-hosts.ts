/** The chart of a cluster that somebody else built, from hosts named on the command line. */
import { lookup } from 'node:dns/promises';
import type { Chart } from '../../clinic/chart/chart.js';
import { type Afterwards, gatherChart, type Traffic } from '../../engine/gather/chart.js';
import type { ApiWay } from '../../engine/gather/api.js';
import type { Subject } from '../../engine/gather/targets.js';
import { adminWays, kubeconfigWay } from '../../engine/gather/ways.js';
import { adoption, subjects } from '../../discovery/hosts.js';
import type { Host } from '../../model/cluster.js';
import { parseAddress } from '../../net/address.js';
import type { Connection } from '../../transport/connection.js';
import { mistaken } from '../mistaken.js';
import type { Story } from '../story.js';
import { askSigns } from './discovery.js';

export interface Access {
  readonly sshUser: string | undefined;
  readonly sshKey: string | undefined;
  readonly kubeconfig: { readonly path: string; readonly text: string } | undefined;
  readonly traffic: Traffic;
  readonly afterwards?: Afterwards;
}

export const ofHosts = async (story: Story, list: string, access: Access): Promise<Chart> =>
  (await seenHosts(story, list, access)).chart;

export interface SeenHosts {
  readonly chart: Chart;
  /** How each host of the chart was reached, by its name there. */
  readonly ways: ReadonlyMap<string, Host['ssh']>;
}

export const seenHosts = async ({ ports, connect }: Story, list: string, access: Access): Promise<SeenHosts> => {
  const hosts = await Promise.all(
    [
      ...new Set(
        list
          .split(',')
          .map(word => word.trim())
          .filter(Boolean),
      ),
    ].map(word => hostOf(word, access)),
  );
  if (hosts.length === 0) throw mistaken('no-hosts', '--hosts names no host', '--hosts kw-1,root@10.0.0.2:22');
  const lines = new Map(hosts.map(host => [host, connect(host, ports.folders.home)]));
  for (const line of lines.values()) line.catch(() => undefined);
  const dial = (host: Host | undefined): Promise<Connection> =>
    (host && lines.get(host)) ?? Promise.reject(new Error('nobody named that host'));
  try {
    // Roles first: which ports of whom must be tried depends on what every host is for.
    const asked = await Promise.all(hosts.map(host => askSigns(host, () => dial(host))));
    const known = subjects(asked);
    const chart = await gatherChart({
      hosts: known,
      connections: name => dial(hosts[known.findIndex(one => one.name === name)]),
      clock: ports.clock,
      traffic: access.traffic,
      ...(access.afterwards && { afterwards: access.afterwards }),
      endpointPort: adoption(asked).endpoint.port,
      api: async () =>
        access.kubeconfig
          ? [kubeconfigWay(access.kubeconfig.text, access.kubeconfig.path)]
          : waysOf(known, hosts, dial),
    });
    return { chart, ways: new Map(known.flatMap(({ name }, n) => (hosts[n] ? [[name, hosts[n].ssh]] : []))) };
  } finally {
    for (const line of lines.values())
      void line.then(
        connection => connection.close(),
        () => undefined,
      );
  }
};

const waysOf = async (
  known: readonly Subject[],
  hosts: readonly Host[],
  dial: (host: Host | undefined) => Promise<Connection>,
): Promise<readonly ApiWay[]> =>
  (await Promise.all(known.map((one, index) => adminWays(one, () => dial(hosts[index])).catch(() => [])))).flat();

const hostOf = async (word: string, { sshUser, sshKey }: Access): Promise<Host> => {
  const [, user, name = '', port] = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(word) ?? [];
  if (name === '') throw mistaken('bad-host', `${word} is not user@host:port`, '--hosts kw-1,root@10.0.0.2:22');
  const bare = name.replace(/^\[|\]$/g, '');
  // Its address among the hosts; a name that only ssh knows stays what it is.
  const address =
    parseAddress(bare) ??
    (await lookup(bare, { family: 4 }).then(
      found => found.address,
      () => bare,
    ));
  return {
    name: bare,
    address,
    roles: [],
    labels: {},
    taints: [],
    ssh: {
      address: bare,
      user: user ?? sshUser ?? 'root',
      port: Number(port ?? 22),
      ...(sshKey !== undefined && { key: sshKey }),
    },
  };
};
