/** etcd's own axis: its gates, its members, its room. */
import { compareVersions, etcdLine, etcdUpgradeRefused, parseVersion, release } from '../../catalog/index.js';
import { type EtcdHost, type EtcdMember, etcdSeen, ownStatus } from '../../clinic/read/etcd-members.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import { found, type Hit, hit, type Rule, type UpgradeFinding } from './finding.js';

export const etcdRule: Rule = ({ chart, to }, reader) => {
  const all = etcdSeen(chart, reader);
  const wanted = release(to)?.etcd.version;
  return [
    ...(wanted === undefined ? [] : gates(all, wanted)),
    ...health(all),
    ...members(all),
    ...found(
      'etcd-v2',
      'blocker',
      hostsOf(chart, 'etcd')
        .filter(host => flagsOf(host, 'etcd').inForce?.get('enable-v2') === 'true')
        .map(host => hit('host', host.name, '--enable-v2')),
      {
        why: 'etcd 3.6 and later have no API v2, and refuse a data folder with custom v2 data.',
        next: 'Look with etcdutl check v2store, move what is there to v3, and take the flag out.',
      },
    ),
  ];
};

/** The newest patch of the line, which is what a move goes through. */
const gates = (all: readonly EtcdHost[], wanted: string): readonly UpgradeFinding[] => {
  const refused = all.flatMap(one => {
    const version = ownStatus(one)?.version;
    if (version === undefined || !parseVersion(version) || compareVersions(version, wanted) >= 0) return [];
    const why = etcdUpgradeRefused(version, wanted);
    return why === undefined ? [] : [{ host: one.host.name, version, why }];
  });
  const first = refused[0];
  const newest = first && etcdLine(first.version)?.newest;
  return found(
    'etcd-gate',
    'blocker',
    refused.map(one => hit('host', one.host, `etcd ${one.version}`)),
    {
      why: `${first?.why}. Members that move too early lose their roles (etcd#19557, #20793).`,
      next: `Bring all members to ${newest}, wait until they agree on who is a member, and check again.`,
    },
  );
};

const health = (all: readonly EtcdHost[]): readonly UpgradeFinding[] => {
  const silent = all.filter(one => ownStatus(one) === undefined || (ownStatus(one)?.errors ?? []).length > 0);
  const full = all.filter(({ etcd }) => {
    const size = Math.max(0, ...etcd.status.map(one => one.dbSize ?? 0));
    return etcd.quota !== undefined && etcd.quota > 0 && size > 0.8 * etcd.quota;
  });
  return [
    ...found(
      'etcd-unhealthy',
      'blocker',
      silent.map(({ host }) => hit('host', host.name)),
      {
        why: 'This member does not answer for itself, or reports an error. A restart of another would cost the quorum.',
        next: 'Cure it first: kw doctor.',
      },
    ),
    ...found(
      'etcd-alarm',
      'blocker',
      all.flatMap(({ host, etcd }) => etcd.alarms.map(alarm => hit('host', host.name, alarm))),
      { why: 'An alarm is raised: with NOSPACE etcd refuses every write.', next: 'Cure it first: kw doctor.' },
    ),
    ...found(
      'etcd-nearly-full',
      'warning',
      full.map(({ host }) => hit('host', host.name)),
      {
        why: 'The database fills more than 80 % of its quota, and an upgrade rewrites objects.',
        next: 'Compact and defragment, one member at a time, the leader last.',
      },
    ),
  ];
};

const members = (all: readonly EtcdHost[]): readonly UpgradeFinding[] => {
  const told = all.flatMap(({ etcd }) => etcd.members);
  // What one of them says of a member is enough: they may not agree.
  const those = (is: (one: EtcdMember) => boolean): readonly Hit[] =>
    [...new Map(told.filter(is).map(one => [one.id, one] as const)).values()].map(one => hit('cluster', text(one)));
  const lists = new Set(
    all.map(({ etcd }) =>
      etcd.members
        .map(one => one.id)
        .sort()
        .join(),
    ),
  );
  const text = (one: { readonly id: string; readonly name: string }): string => `${one.name || '(no name)'} ${one.id}`;
  return [
    ...found(
      'etcd-learner',
      'blocker',
      those(one => one.learner),
      {
        why: 'A member is a learner: it does not vote, and a new version counts it otherwise.',
        next: 'Let it catch up and promote it, or remove it: kw up, kw doctor.',
      },
    ),
    ...found(
      'etcd-unstarted',
      'blocker',
      those(one => one.name === ''),
      {
        why: 'A member was added and never started. It counts for the quorum, and no other can be added.',
        next: 'Remove it by its id, or start it: kw doctor.',
      },
    ),
    ...found(
      'etcd-unhealthy',
      'blocker',
      lists.size > 1 ? all.map(({ host, etcd }) => hit('host', host.name, `${etcd.members.length} members`)) : [],
      {
        why: 'The members do not agree on who is a member (etcd#20967: removed ones can come back with a new version).',
        next: 'Compare etcdctl member list on every member, and remove what should not be there.',
      },
    ),
  ];
};
