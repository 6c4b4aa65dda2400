/** etcd among the simulated hosts: who founds, who joins, and that nobody founds a second one. */
import { type EtcdCluster, type Machine, runs, textOf } from './machine.js';

/** The law is broken: not a step that fails, but the end. */
export class SecondEtcd extends Error {}

const listOf = (one: Machine): string =>
  /--initial-cluster=([^ "\\\n]*)/.exec(textOf(one, '/etc/systemd/system/etcd.service'))?.[1] ?? '';
const sizeOf = ({ list }: EtcdCluster): number => list.split(',').length;

const running = (cluster: EtcdCluster, machines: readonly Machine[]): readonly Machine[] =>
  machines.filter(one => one.etcd === cluster && one.reachable && runs(one, 'etcd.service'));

export const hasQuorum = (cluster: EtcdCluster, machines: readonly Machine[]): boolean => {
  if (running(cluster, machines).length * 2 <= sizeOf(cluster)) return false;
  cluster.lived = true;
  return true;
};

/** Every one that was ever founded, also where its last data are gone. */
const clusters = (machines: readonly Machine[]): readonly EtcdCluster[] => [
  ...new Set(machines.flatMap(one => [...(one.etcd ? [one.etcd] : []), ...(one.had ? [one.had] : [])])),
];

const join = (one: Machine, cluster: EtcdCluster) => {
  cluster.had.add(one.id);
  one.etcd = cluster;
  one.had = cluster;
};

/** As etcd does: with data it goes on; a member that was added joins; whoever has nothing founds with its list. */
export const startEtcd = (one: Machine, machines: readonly Machine[]): void => {
  if (one.etcd) return;
  const living = clusters(machines);
  const list = listOf(one);
  const joined = one.made.has('command/etcd-join') ? living.find(each => each.lived) : undefined;
  const late = living.find(each => each.list === list && !each.had.has(one.id));
  if (!joined && !late && living.some(each => each.lived))
    throw new SecondEtcd(`${one.id} founds an etcd with ${list} beside the first`);
  join(one, joined ?? late ?? { list, had: new Set(), lived: false });
};

/** A member is added only by the quorum of those that there are. */
export const mayJoin = (one: Machine, machines: readonly Machine[]): void => {
  const living = clusters(machines).find(each => hasQuorum(each, machines));
  if (!living) throw new Error(`no quorum lets ${one.id} in`);
};

/** Too few members have their data for the others to come back. */
export const dataAreGone = (machines: readonly Machine[]): boolean =>
  clusters(machines).some(each => each.lived && machines.filter(one => one.etcd === each).length * 2 <= sizeOf(each));

export const mustAnswer = (machines: readonly Machine[]): void => {
  if (!clusters(machines).some(each => hasQuorum(each, machines))) throw new Error('etcd does not answer');
};
