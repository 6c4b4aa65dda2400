/** etcd among the simulated hosts: who founds, who joins, who votes, and that nobody founds a second one. */
import { type EtcdCluster, type Machine, runs, textOf } from './machine.js';

/** The law is broken: not a step that fails, but the end. */
export class SecondEtcd extends Error {}
export class QuorumLost extends SecondEtcd {}

const flagOf = (one: Machine, flag: string): string =>
  new RegExp(`--${flag}=([^ "\\\\\\n]*)`).exec(textOf(one, '/etc/systemd/system/etcd.service'))?.[1] ?? '';
const listOf = (one: Machine): string => flagOf(one, 'initial-cluster');
const urlOf = (one: Machine): string => flagOf(one, 'initial-advertise-peer-urls');

const runsIn = (one: Machine, cluster: EtcdCluster): boolean =>
  one.etcd === cluster && one.reachable && runs(one, 'etcd.service');

export const hasQuorum = (cluster: EtcdCluster, machines: readonly Machine[]): boolean => {
  const voters = [...cluster.voters.values()];
  const alive = machines.filter(one => voters.includes(one.id) && runsIn(one, cluster));
  if (alive.length * 2 <= voters.length) return false;
  cluster.lived = true;
  return true;
};

/** Every one that was ever founded, also where its last data are gone. */
export const clusters = (machines: readonly Machine[]): readonly EtcdCluster[] => [
  ...new Set(machines.flatMap(one => [...(one.etcd ? [one.etcd] : []), ...(one.had ? [one.had] : [])])),
];

const join = (one: Machine, cluster: EtcdCluster): void => {
  cluster.had.add(one.id);
  one.etcd = cluster;
  one.had = cluster;
};

const founded = (list: string): EtcdCluster => ({
  list,
  had: new Set(),
  lived: false,
  voters: new Map(list.split(',').map(entry => [entry.split('=')[1] ?? '', undefined])),
  learner: undefined,
});

/** As etcd does: with data it goes on; a learner that was added joins; whoever has nothing founds with its list. */
export const startEtcd = (one: Machine, machines: readonly Machine[]): void => {
  if (one.etcd) return;
  const living = clusters(machines);
  const list = listOf(one);
  const joined = one.made.has('command/etcd-join') ? living.find(({ learner }) => learner === urlOf(one)) : undefined;
  const late = living.find(each => each.list === list && !each.had.has(one.id));
  if (!joined && !late && living.some(each => each.lived))
    throw new SecondEtcd(`${one.id} founds an etcd with ${list} beside the first`);
  const cluster = joined ?? late ?? founded(list);
  join(one, cluster);
  if (!joined) cluster.voters.set(urlOf(one), one.id);
};

/** What the script of `etcd-join` does: old selves go, and one learner comes, by the quorum of those that there are. */
export const mayJoin = (one: Machine, machines: readonly Machine[], script: string): void => {
  const living = clusters(machines).find(each => hasQuorum(each, machines));
  if (!living) throw new Error(`no quorum lets ${one.id} in`);
  const own = /^own=(\S+)/m.exec(script)?.[1] ?? '';
  const gone = /^for peer in (.*); do$/m.exec(script)?.[1]?.split(' ') ?? [];
  for (const url of gone) living.voters.delete(url);
  if (!hasQuorum(living, machines)) throw new QuorumLost(`${gone.join(', ')} went, and no quorum is left`);
  if (living.learner !== undefined && living.learner !== own) throw new Error('too many learner members in cluster');
  living.learner = own;
};

/** What the script of `etcd-leave` does: only while the others are a quorum without it. */
export const mayLeave = (one: Machine, machines: readonly Machine[], script: string): void => {
  const living = clusters(machines).find(each => hasQuorum(each, machines));
  const own = /^own=(\S+)/m.exec(script)?.[1] ?? '';
  if (!living) throw new Error('etcd does not answer');
  if (living.learner === own) living.learner = undefined;
  if (!living.voters.has(own)) return;
  const voters = [...living.voters].filter(([url]) => url !== own).map(([, id]) => id);
  const alive = machines.filter(each => voters.includes(each.id) && runsIn(each, living)).length;
  if (alive * 2 <= voters.length) throw new Error(`without ${one.id} there is no quorum`);
  living.voters.delete(own);
};

const goneIn = (script: string): readonly string[] =>
  (/^for at in (.*); do$/m.exec(script)?.[1]?.split(' ') ?? []).map(at => `https://${at}:2380`);

/** What of `etcd-gone` is left to do. */
export const stillMembers = (machines: readonly Machine[], script: string): readonly string[] =>
  goneIn(script).filter(url => clusters(machines).some(each => each.voters.has(url) || each.learner === url));

/** What the script of `etcd-gone` does: whoever does not answer is counted no more, while most of the others do. */
export const goneFromEtcd = (machines: readonly Machine[], script: string): void => {
  const living = clusters(machines).find(each => hasQuorum(each, machines));
  if (!living) throw new Error('etcd does not answer');
  for (const url of goneIn(script)) {
    if (living.learner === url) living.learner = undefined;
    const id = living.voters.get(url);
    if (id === undefined) continue;
    if (machines.some(one => one.id === id && runsIn(one, living))) throw new Error(`the member at ${url} answers`);
    living.voters.delete(url);
    if (!hasQuorum(living, machines)) throw new QuorumLost(`${id} went, and no quorum is left`);
  }
};

/** What a member answers that is asked who of them answers. */
export const whoAnswers = (one: Machine | undefined, machines: readonly Machine[]): string | undefined => {
  const list = memberListOf(one, machines);
  const cluster = one?.etcd;
  if (list === undefined || !cluster || !hasQuorum(cluster, machines)) return list;
  const answering = [...cluster.voters].filter(([, id]) =>
    machines.some(each => each.id === id && runsIn(each, cluster)),
  );
  return [list, ...answering.map(([url]) => `answers ${/\/\/([^:]+)/.exec(url)?.[1]}`)].join('\n');
};

/** Its data are put aside, and nothing says any more that it was a member. */
export const putAside = (one: Machine): void => {
  one.etcd = undefined;
  one.recorded = undefined;
  for (const key of ['etcd-member', 'etcd-members', 'etcd-leave', 'etcd-aside', 'etcd-join'])
    one.made.delete(`command/${key}`);
};

/** A learner is promoted, and everybody writes down who votes. */
export const record = (one: Machine, machines: readonly Machine[]): void => {
  const living = clusters(machines).find(each => hasQuorum(each, machines));
  if (!living) throw new Error('etcd does not answer');
  if (living.learner === urlOf(one)) {
    living.learner = undefined;
    living.voters.set(urlOf(one), one.id);
  }
  moved(one, living);
  one.recorded = membersOf(living, machines);
};

/** It runs at another address than etcd knows it by, and says so. */
const moved = (one: Machine, { voters }: EtcdCluster): void => {
  const [was] = [...voters].find(([url, id]) => id === one.id && url !== urlOf(one)) ?? [];
  if (was === undefined) return;
  voters.delete(was);
  voters.set(urlOf(one), one.id);
};

/** What the look at `etcd-member` finds of a member that is recorded: whether its own address is. */
export const addressKnown = (one: Machine, unless: string): readonly string[] => {
  const own = /=(https:[^,' ]+),/.exec(unless)?.[1] ?? '';
  return one.recorded === undefined || `${one.recorded},`.includes(`=${own},`)
    ? []
    : ['etcd knows it at another address'];
};

const membersOf = (cluster: EtcdCluster, machines: readonly Machine[]): string =>
  entriesOf(cluster, machines)
    .map(({ name, url }) => `${name}=${url}`)
    .toSorted()
    .join(',');

/** What `etcd-member state` prints of a host that has recorded its members. */
export const stateOf = (one: Machine, unless: string, machines: readonly Machine[]): readonly string[] => {
  if (!one.etcd || !runsIn(one, one.etcd) || !hasQuorum(one.etcd, machines)) return [];
  const wanted = /etcd-member others '?([^'; ]+)'?;/.exec(unless)?.[1] ?? membersOf(one.etcd, machines);
  return one.recorded === wanted ? [] : ['other members of etcd are recorded'];
};

const entriesOf = ({ voters }: EtcdCluster, machines: readonly Machine[]) =>
  [...voters].map(([url, id]) => {
    const voter = machines.find(one => one.id === id);
    // etcd keeps the name of a member whose host was installed anew.
    return { url, name: voter === undefined ? 'unborn' : flagOf(voter, 'name') || `${id}-of-old` };
  });

/** What a host answers to `etcdctl member list`, with the word of the quorum; undefined: nothing. */
export const memberListOf = (one: Machine | undefined, machines: readonly Machine[]): string | undefined => {
  const cluster = one?.etcd;
  if (!one || !cluster || !runsIn(one, cluster)) return undefined;
  const lines = entriesOf(cluster, machines).map(({ name, url }) => `1, started, ${name}, ${url}, ${url}, false`);
  const learning = machines.find(each => each.etcd === cluster && urlOf(each) === cluster.learner);
  if (learning) lines.push(`1, started, ${flagOf(learning, 'name')}, ${cluster.learner}, ${cluster.learner}, true`);
  else if (cluster.learner !== undefined) lines.push(`1, unstarted, , ${cluster.learner}, , true`);
  return [...lines, ...(hasQuorum(cluster, machines) ? ['quorum'] : [])].join('\n');
};

/** Too few members have their data for the others to come back. */
export const dataAreGone = (machines: readonly Machine[]): boolean =>
  clusters(machines).some(each => {
    const voters = [...each.voters.values()];
    const holders = machines.filter(one => !one.dead && one.etcd === each && voters.includes(one.id));
    return each.lived && holders.length * 2 <= voters.length;
  });

export const mustAnswer = (machines: readonly Machine[]): void => {
  if (!clusters(machines).some(each => hasQuorum(each, machines))) throw new Error('etcd does not answer');
};

/** Who votes and should not, or should and does not. */
export const notMembers = (wanted: readonly Machine[], machines: readonly Machine[]): readonly string[] =>
  clusters(machines)
    .filter(({ lived }) => lived)
    .flatMap(({ voters, learner }) => {
      const [ids, should] = [[...voters.values()], wanted.map(({ id }) => id)];
      const elsewhere = wanted.filter(one => voters.get(urlOf(one)) !== one.id && ids.includes(one.id));
      return [
        ...elsewhere.map(one => `${one.id} is not where etcd has it`),
        ...ids.filter(id => id === undefined || !should.includes(id)).map(id => `${id} votes`),
        ...should.filter(id => !ids.includes(id)).map(id => `${id} does not vote`),
        ...(learner === undefined ? [] : [`${learner} learns`]),
      ];
    });

/** Throws where an action took the quorum of an etcd that had it. */
export const keepingQuorum = (machines: readonly Machine[], what: string, act: () => void): void => {
  const well = clusters(machines).filter(each => hasQuorum(each, machines));
  act();
  const ill = well.find(each => !hasQuorum(each, machines));
  if (ill) throw new QuorumLost(`${what} took the quorum`);
};
