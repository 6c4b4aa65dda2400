import { idOf, type Resource } from '../../../../model/resource.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { clientUrl, etcdSeen, ownStatus } from '../../../read/etcd-members.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import { roomMade } from './room.js';
import { etcdctl } from '../../../read/commands.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

const defaultQuota = 2 * 2 ** 30;

/** Bytes. */
interface Size {
  readonly host: string;
  readonly size: number;
  readonly quota: number;
}

/** `sizes`: of all members that told theirs. */
type Alarmed = {
  readonly members: readonly Size[];
  readonly alarms: readonly string[];
  readonly sizes: readonly Size[];
};

type Facts = {
  /** The members whose database fills its quota; [] where none told its size. */
  readonly full: Alarmed;
  readonly 'alarm-left': Alarmed;
};

export default defineCase<Facts>({
  id: 'etcd-nospace',
  precedence: 260,
  title: 'etcd is full and takes no more writes',
  variants: {
    full: {
      means: 'the database has reached its quota, and the alarm NOSPACE is raised',
      says: ({ facts }) =>
        `etcd holds ${facts.members.map(sizeText).join(', ') || 'as much as its quota'} and has raised the alarm ` +
        'NOSPACE: it takes no more writes',
      shows: proof,
    },
    'alarm-left': {
      means: 'there is room again, but nobody has disarmed the alarm',
      says: ({ facts }) =>
        `etcd holds only ${facts.members.map(sizeText).join(', ')}, but the alarm NOSPACE still stands: it takes no ` +
        'writes until somebody disarms it',
      shows: proof,
    },
  },
  told: [['etcd', 'database', 'full']],
  symptoms: [
    { text: /database space exceeded/ },
    { text: /alarm:?.?NOSPACE/ },
    { text: /mvcc: .{0,20}space exceeded|etcdserver: no space/ },
    { text: apiRefused },
  ],
  explains: ['waiting-for-leader-lease', 'node-not-ready-cni', 'namespace-terminating-apiservice'],
  lab: true,
  sources: [
    'kubernetes/kubernetes#94029',
    'kubernetes/kubernetes#45037',
    'etcd-io/etcd#11309',
    'etcd-io/etcd#14595',
    'https://etcd.io/docs/v3.4/op-guide/maintenance/',
  ],
  badCures: [
    { cure: 'etcdctl alarm disarm alone', why: 'nothing was freed: the next write raises it again' },
    {
      cure: 'deleting files under /var/lib/etcd',
      why: 'they are the cluster; the room is inside the database',
      text: /rm -\w+ .{0,40}\/var\/lib\/etcd/,
    },
    {
      cure: 'defragmenting all members at once',
      why: 'a member stands still meanwhile: the quorum is lost',
      text: /etcdctl .{0,120}defrag --cluster/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const seen = etcdSeen(chart, evidence);
    const alarmed = seen.filter(one => one.etcd.alarms.some(alarm => /NOSPACE/.test(alarm)));
    const [first] = alarmed;
    if (!first) return evidence.verdict([]);
    const sizes = seen.flatMap((one): readonly Size[] => {
      const size = ownStatus(one)?.dbSize;
      return size === undefined ? [] : [{ host: one.host.name, size, quota: one.etcd.quota ?? defaultQuota }];
    });
    const full = sizes.filter(one => one.size >= one.quota * 0.8);
    const { alarms } = first.etcd;
    return evidence.verdict([
      {
        ...(full.length > 0 || sizes.length === 0
          ? { variant: 'full' as const, facts: { members: full, alarms, sizes } }
          : { variant: 'alarm-left' as const, facts: { members: sizes, alarms, sizes } }),
        host: first.host.name,
        subject: { alarm: 'NOSPACE' },
      },
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (!host)
      return {
        refused: `${finding.host} was not seen`,
        advice: ['etcdctl compact REVISION, etcdctl defrag for one member after the other, etcdctl alarm disarm'],
      };
    const members = hostsOf(chart, 'etcd').map(clientUrl);
    const own = clientUrl(host);
    if (own === undefined || !members.every(one => one !== undefined))
      return {
        refused: 'a member’s --advertise-client-urls holds no URL by which it could be asked',
        advice: ['etcdctl compact REVISION, etcdctl defrag for one member after the other, etcdctl alarm disarm'],
      };
    const quotas = hostsOf(chart, 'etcd').flatMap(one => largerQuota(chart, one));
    return {
      title: 'Forget old revisions, defragment one member after the other, disarm the alarm',
      risk: 'downtime',
      backup: true,
      want: [...quotas, roomMade(host, own, members, quotas.map(idOf))],
    };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: etcdctl(chart, finding.host, 'alarm list'),
      answer: finding.shows[0]?.text ?? '',
      healthy: '(nothing)',
    },
    {
      host: finding.host,
      command: etcdctl(chart, finding.host, 'endpoint status --cluster -w table'),
      answer: finding.shows
        .slice(1)
        .map(one => one.text)
        .join(', '),
      healthy: 'DB SIZE far below the quota (2 GiB unless --quota-backend-bytes says more)',
    },
  ],
});

const sizeText = ({ host, size, quota }: Size): string => `${mebibytes(size)} of ${mebibytes(quota)} on ${host}`;

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** A quota smaller than etcd's own default is what filled up. */
const largerQuota = (chart: Chart, host: HostChart): readonly Resource[] => {
  const quota = Number(flagsOf(host, 'etcd').inForce?.get('quota-backend-bytes') ?? defaultQuota);
  if (quota >= defaultQuota) return [];
  return isOurs(chart)
    ? restoreAt(chart, host.name, '/etc/systemd/system/etcd.service', 'etcd.service')
    : flagSet(
        host,
        'etcd',
        { 'quota-backend-bytes': String(defaultQuota) },
        'the quota is smaller than etcd’s default, and it is used up',
      );
};

function proof({ facts: { alarms, sizes } }: Found<Alarmed>): readonly Quote[] {
  return [
    quoted('etcd', 'alarm list', alarms.join(', ')),
    ...sizes.map(one => quotedOn(one.host, 'etcd', 'endpoint status', sizeText(one))),
  ];
}
