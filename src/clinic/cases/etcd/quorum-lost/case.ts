import type { Resource } from '../../../../model/resource.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EtcdHost, etcdSeen, ownStatus } from '../../../read/etcd-members.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { freshUnit } from '../../../therapies/files.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import { etcdctl, logsOf } from '../../../read/commands.js';
import { quoted, quotedOn } from '../../../read/quote.js';
import { type Count, type Facts, countText, listed } from './facts.js';

export default defineCase<Facts>({
  id: 'quorum-lost',
  precedence: 240,
  title: 'etcd has lost its quorum',
  variants: {
    'members-stopped': {
      means: 'too many members do not run; their hosts and data are there',
      says: ({ host, facts }) => `${countText(facts)}: on ${host} it does not`,
      shows: ({ facts }) => [quoted('processes', 'processes', 'no etcd among them'), ...listed(facts)],
    },
    'members-gone': {
      means: 'too many members live on hosts that this cluster no longer has',
      says: ({ facts }) => {
        const stopped = facts.stopped.length > 0 ? ` (${facts.stopped.join(', ')} stopped on purpose)` : '';
        return `${countText(facts)}; only ${facts.asked.join(', ') || 'none'} of their hosts can be asked${stopped}`;
      },
      shows: ({ facts }) => [
        ...listed(facts),
        ...facts.asked.slice(0, 1).map(host => quotedOn(host, 'processes', 'etcd', 'runs here')),
      ],
    },
    'no-leader': {
      means: 'enough members run, and they agree on no leader',
      says: ({ facts }) =>
        `${facts.alone.map(one => one.host).join(', ')} run etcd, ` +
        `but none of them knows a leader: a quorum of ${facts.needed} does not ` +
        'come about',
      shows: ({ facts }) =>
        facts.alone.map(({ host, endpoint, errors }) =>
          quotedOn(host, 'etcd', endpoint, `no leader${errors.length > 0 ? `: ${errors.join('; ')}` : ''}`),
        ),
    },
  },
  told: [
    ['etcd', 'most-gone'],
    ['control-plane', 'most-gone', 'unreachable'],
  ],
  symptoms: [
    { text: /etcdserver: (no leader|request timed out)/, benign: 'for some seconds, while a new leader is elected' },
    { text: /etcdserver: leader changed/, benign: 'once: an election has just ended' },
    { text: /unhealthy cluster|etcd cluster is unavailable|RAFT NO LEADER|QGET failed|(?:has|with) no leader\b/ },
    { text: /\[-\]etcd failed/ },
    { text: /raft.{0,120}(lost leader|is starting a new election)/, benign: 'once, while a new leader is elected' },
    { text: /became (?:pre-)?candidate at term|no leader at term/, benign: 'once, while a new leader is elected' },
    // A healthy cluster elects a few times in its life.
    { text: /(?:new election|candidate|[Vv]ote request\b.{0,80}) at term \d{3,}/ },
    { text: /failed to commit proposal|failed to publish local member to cluster/ },
    { text: apiRefused },
  ],
  explains: [
    'waiting-for-leader-lease',
    'master-endpoints-reset',
    'not-highly-available',
    'etcd-stale-member',
    'kubelet-waiting',
    'node-not-ready-cni',
  ],
  lab: true,
  sources: [
    'kubespray docs/recover-control-plane.md',
    'kubernetes/kubeadm#2275',
    'https://etcd.io/docs/v3.4/op-guide/recovery/',
  ],
  badCures: [
    {
      cure: 'etcd --force-new-cluster on more than one member',
      why: 'each becomes a cluster of its own, and the two histories never meet again',
    },
    {
      cure: 'emptying the data of the members that are down',
      why: 'they hold what was acknowledged; a quorum of empty members forgets it',
      text: /rm -\w+ .{0,40}\/var\/lib\/etcd/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const hosts = hostsOf(chart, 'etcd');
    const seen = etcdSeen(chart, evidence);
    for (const host of hosts) evidence.read(host.processes);
    const voters = seen[0]?.etcd.members.filter(one => !one.learner).length;
    const total = voters ?? fromFlags(hosts);
    if (total === 0) return evidence.verdict([]);
    const needed = Math.floor(total / 2) + 1;
    const dead = hosts.filter(host => evidence.process(host, 'etcd') === null);
    const able = hosts.length - dead.length;
    return evidence.verdict(
      able >= needed ? leaderless(seen, needed, evidence) : lost(chart, { hosts, dead, seen, total, needed }),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = host && finding.variant === 'members-stopped' ? started(chart, host) : [];
    if (want.length > 0)
      return { title: `Start etcd on ${finding.host} again, with the data that it has`, risk: 'restart', want };
    return finding.variant === 'no-leader'
      ? {
          refused: 'the members run and do not hear each other: what parts them must be found first',
          advice: [
            'etcd’s log on each of them: peer certificates (etcd-peer-san), ports 2380 (host-firewall), clocks ' +
              '(clock-skew)',
            'nothing of their data needs to be touched',
          ],
        }
      : {
          refused: 'only a person can say whether the lost members come back, and which data is the newest',
          advice: [
            'bring one of the lost members back with its data: that alone restores the quorum',
            'if none ever comes back, in a cluster of kw: kw etcd recover proves which member is the newest, and ' +
              'makes a cluster of it; kw restore puts a backup in place where none has its data',
            'else: copy /var/lib/etcd of the survivor, stop it, start it once with --force-new-cluster, and take a ' +
              'snapshot; or restore the last one to a new member (etcdctl snapshot restore; from etcd 3.6 on: ' +
              'etcdutl); join the others again one at a time, as new members with empty data',
          ],
        };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: etcdctl(chart, finding.host, 'endpoint status --cluster -w table'),
      answer: finding.shows[0]?.text ?? '',
      healthy: 'every member answers, and one of them is the leader',
    },
    {
      host: finding.host,
      command: logsOf(chart, finding.host, 'etcd'),
      answer: 'raft: … is starting a new election at term … (or no log at all: nothing runs)',
      healthy: 'active, and no election',
    },
  ],
});

/** Members as the flags of those that are there name them. */
const fromFlags = (hosts: readonly HostChart[]): number =>
  Math.max(0, ...hosts.map(host => flagsOf(host, 'etcd').inForce?.all('initial-cluster').length ?? 0));

interface Loss {
  readonly hosts: readonly HostChart[];
  readonly dead: readonly HostChart[];
  readonly seen: readonly EtcdHost[];
  readonly total: number;
  readonly needed: number;
}

const lost = (chart: Chart, { hosts, dead, seen, total, needed }: Loss): readonly FoundOf<Facts>[] => {
  const [first] = seen;
  const count: Count = {
    total,
    needed,
    running: hosts.length - dead.length,
    ...(first && { list: { host: first.host.name, members: first.etcd.members } }),
  };
  if (hosts.length >= needed)
    return dead.map(host => ({
      variant: 'members-stopped' as const,
      host: host.name,
      subject: { program: 'etcd' },
      facts: count,
    }));
  const stopped = [...chart.hosts.values()]
    .filter(host => host.roles.includes('etcd') && !hosts.includes(host))
    .map(host => host.name);
  return [
    {
      variant: 'members-gone',
      host: 'cluster',
      subject: { program: 'etcd' },
      facts: { ...count, asked: hosts.map(host => host.name), stopped },
    },
  ];
};

const isNoLeader = (leader: string | undefined): boolean => leader === undefined || /^0*$|^undefined$/.test(leader);

/** One member that knows no leader may just be cut off; where too few know one, there is none. */
const leaderless = (seen: readonly EtcdHost[], needed: number, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const answering = seen.flatMap(one => {
    const status = ownStatus(one);
    return status ? [{ ...one, status }] : [];
  });
  for (const one of seen)
    if (!ownStatus(one)) evidence.note(one.host.name, 'etcd status', 'its own etcd told nothing of itself');
  const lone = answering.filter(one => isNoLeader(one.status.leader));
  if (lone.length < needed) return [];
  return [
    {
      variant: 'no-leader',
      host: 'cluster',
      subject: { program: 'etcd' },
      facts: {
        needed,
        alone: lone.map(({ host, status: { endpoint, errors = [] } }) => ({ host: host.name, endpoint, errors })),
      },
    },
  ];
};

const started = (chart: Chart, host: HostChart): readonly Resource[] => {
  if (isOurs(chart)) return restoreAt(chart, host.name, '/etc/systemd/system/etcd.service', 'etcd.service');
  const pod = flagsOf(host, 'etcd').source?.endsWith('.yaml') === true;
  const kubelet = 'value' in host.processes && host.processes.value.some(one => one.program === 'kubelet');
  const place = { host: host.name, because: 'etcd needs this member for its quorum', stage: 'etcd' } as const;
  if (pod) return kubelet ? [] : [freshUnit('kubelet.service', [], place)];
  const unit = 'value' in host.units ? host.units.value.find(one => one.name === 'etcd.service') : undefined;
  return unit ? [freshUnit('etcd.service', [], place)] : [];
};
