/** What stops a restore before anything is touched: judgements over what the hosts of etcd say. */
import type { RestoreMember, Running } from '../facts/restore-member.js';
import type { ClusterSpec } from '../model/cluster.js';
import { withRole } from '../model/cluster.js';
import type { Failure } from '../model/event.js';

export type Members = ReadonlyMap<string, RestoreMember>;

type Stopped = Failure & { readonly class: 'refused' };

/** The first thing that stops it. @param without Names of hosts that are off for good. */
export function stopsRestore(spec: ClusterSpec, members: Members, without: readonly string[]): Stopped | undefined {
  return logElsewhere(spec) ?? notMounted(members) ?? strangers(spec, members, without) ?? confused(members);
}

const logElsewhere = (spec: ClusterSpec): Stopped | undefined => {
  const folder = spec.components.etcd.extraArgs['wal-dir'];
  return folder === undefined
    ? undefined
    : {
        class: 'refused',
        message:
          `etcd keeps its log in a folder of its own (components.etcd.extraArgs.wal-dir: ${String(folder)}), and kw ` +
          'exchanges the data folder alone. Nothing was touched',
        help: 'docs/operations/restore.md says how it is done by hand ("A log of its own")',
      };
};

const notMounted = (members: Members): Stopped | undefined => {
  const [found] = [...members].filter(([, { unmounted }]) => unmounted !== undefined);
  if (!found) return undefined;
  const [host, { unmounted = '' }] = found;
  return {
    class: 'refused',
    host,
    message: `the data of etcd on ${host} lie on ${unmounted}, and nothing is mounted there. Nothing was touched`,
    help: `mount it on ${host} (mount ${unmounted}), then try again: its data may be all that you need`,
  };
};

/** It would go on with the old data, and API servers would ask it. */
const strangers = (spec: ClusterSpec, members: Members, without: readonly string[]): Stopped | undefined => {
  const own = withRole(spec, 'etcd');
  const known = [...members.values()].flatMap(one => one.members);
  const strange = known.filter(
    ({ name, address }) => !own.some(host => host.address === address) && !without.includes(name),
  );
  const names = [...new Set(strange.map(({ name, address }) => `${name} (${address})`))];
  return names.length === 0
    ? undefined
    : {
        class: 'refused',
        message:
          `etcd of this cluster has members that are no hosts of etcd in the file: ${names.join(', ')}. They would ` +
          'go on with the old data. Nothing was touched',
        help:
          'put them back into the file with the role etcd; or, where they are off for good: --without ' +
          [...new Set(strange.map(({ name }) => name))].join(','),
      };
};

const confused = (members: Members): Stopped | undefined => {
  const [unreadable] = [...members].filter(([, { running }]) => running === 'unreadable');
  const file = '/var/lib/kubewizard/restore/running';
  if (unreadable)
    return {
      class: 'refused',
      host: unreadable[0],
      message: `${file} on ${unreadable[0]} does not say which restore is under way`,
      help: `look at it; where none is under way: rm ${file}`,
    };
  const found = runnings(members);
  return new Set(found.map(({ sha256 }) => sha256)).size < 2
    ? undefined
    : {
        class: 'refused',
        message: `two restores of different backups are under way: ${found.map(({ run }) => run).join(' and ')}`,
        help: `${file} on each host of etcd says which; remove it where that one shall not go on`,
      };
};

const runnings = (members: Members): readonly Running[] => {
  const all = [...members.values()].flatMap(({ running }) => (typeof running === 'object' ? [running] : []));
  return [...new Map(all.map(one => [one.run, one])).values()];
};

/** Hosts without a program of etcd and without its data. */
export const blankHosts = (members: Members): readonly string[] =>
  [...members].filter(([, { etcd, data }]) => etcd === undefined && !data).map(([host]) => host);

export const noneInstalled = (hosts: readonly string[]): Stopped => ({
  class: 'refused',
  hosts,
  message: `${hosts.join(', ')} have no etcd: they were installed anew. Nothing was touched`,
  help: 'docs/operations/restore.md, "All hosts are new": kw up first, then the backup is brought to one of them',
});

/** The newest where one was begun anew, since a host was gone by then. */
export const runningNow = (members: Members): Running | undefined =>
  [...runnings(members)].sort((one, other) => (one.run < other.run ? -1 : 1)).at(-1);

/** Addresses that talk to etcd and are no hosts of the file: API servers there would keep what they remember. */
export const strangeClients = (spec: ClusterSpec, members: Members): readonly string[] => {
  const own = new Set(spec.hosts.flatMap(host => [host.address, host.externalAddress ?? '']));
  const all = [...members.values()].flatMap(({ clients }) => clients);
  return [...new Set(all.filter(one => !own.has(one) && !one.startsWith('127.') && one !== '::1'))].sort();
};

/** Whoever has a quorum, or can have one by starting what is there, loses nothing by it; a recovery does. */
export function stopsRecovery(
  spec: ClusterSpec,
  members: Members,
  { named }: { readonly named: string | undefined },
): Stopped | undefined {
  const living = [...members].filter(([, { quorum }]) => quorum).map(([host]) => host);
  if (living.length > 0)
    return {
      class: 'refused',
      hosts: living,
      message: `etcd has its quorum: ${living.join(', ')} answer by way of it. Nothing was touched`,
      help: 'kw doctor says what else is wrong; members that lack their data: kw heal etcd-cluster-id',
    };
  const holders = [...members].filter(([, { data }]) => data).map(([host]) => host);
  if (holders.length === 0)
    return {
      class: 'refused',
      message: 'no host of etcd that is seen has any of its data. Nothing was touched',
      help: 'kw restore puts a backup in their place',
    };
  if (named !== undefined) return holders.includes(named) ? undefined : noData(named, holders);
  const recorded = Math.max(...[...members.values()].map(one => one.members.length));
  const total = recorded > 0 ? recorded : withRole(spec, 'etcd').length;
  return holders.length * 2 > total
    ? {
        class: 'refused',
        hosts: holders,
        message:
          `${holders.join(', ')} have their data, a quorum of ${total}: nothing is lost once they run. Nothing was ` +
          'touched',
        help:
          'start them: kw heal quorum-lost. If their data cannot be read any more, name the one whose data are good: ' +
          'kw etcd recover --member HOST',
      }
    : undefined;
}

const noData = (named: string, holders: readonly string[]): Stopped => ({
  class: 'refused',
  message: `${named} has no data of etcd, or is not a host of etcd that is seen. Nothing was touched`,
  help: `those that have some: ${holders.join(', ')}`,
});
