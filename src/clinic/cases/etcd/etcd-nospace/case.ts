import type { Resource } from '../../../../model/resource.js';
import { idOf } from '../../../../model/resource.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { clientUrl, etcdSeen, ownStatus } from '../../../read/etcd-members.js';
import { openEyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import { roomMade } from './room.js';
import { etcdctl } from '../../../read/commands.js';

const defaultQuota = 2 * 2 ** 30;

export default defineCase({
  id: 'etcd-nospace',
  precedence: 260,
  title: 'etcd is full and takes no more writes',
  variants: {
    full: 'the database has reached its quota, and the alarm NOSPACE is raised',
    'alarm-left': 'there is room again, but nobody has disarmed the alarm',
  },
  symptoms: [
    { text: /database space exceeded/ },
    { text: /alarm:?.?NOSPACE/ },
    { text: /mvcc: .{0,20}space exceeded/ },
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
    const eyes = openEyes();
    const seen = etcdSeen(chart, eyes);
    const alarmed = seen.filter(one => one.etcd.alarms.some(alarm => /NOSPACE/.test(alarm)));
    const [first] = alarmed;
    if (!first) return eyes.verdict([]);
    const sizes = seen.flatMap(one => {
      const size = ownStatus(one)?.dbSize;
      return size === undefined ? [] : [{ ...one, size, quota: one.etcd.quota ?? defaultQuota }];
    });
    const full = sizes.filter(one => one.size >= one.quota * 0.8);
    const sizeText = (one: (typeof sizes)[number]): string =>
      `${mebibytes(one.size)} of ${mebibytes(one.quota)} on ${one.host.name}`;
    return eyes.verdict([
      {
        variant: full.length > 0 || sizes.length === 0 ? 'full' : 'alarm-left',
        host: first.host.name,
        subject: 'NOSPACE',
        says:
          full.length > 0 || sizes.length === 0
            ? `etcd holds ${full.map(sizeText).join(', ') || 'as much as its quota'} and has raised the alarm NOSPACE: it takes no more writes`
            : `etcd holds only ${sizes.map(sizeText).join(', ')}, but the alarm NOSPACE still stands: it takes no writes until somebody disarms it`,
        shows: [
          shown(first.host.etcd, 'alarm list', first.etcd.alarms.join(', ')),
          ...sizes.map(one => shown(one.host.etcd, 'endpoint status', sizeText(one))),
        ],
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
    const quotas = hostsOf(chart, 'etcd').flatMap(one => largerQuota(chart, one));
    return {
      title: 'Forget old revisions, defragment one member after the other, disarm the alarm',
      risk: 'downtime',
      backup: true,
      want: [...quotas, roomMade(host, hostsOf(chart, 'etcd').map(clientUrl), quotas.map(idOf))],
    };
  },

  teach: (finding, chart) => [
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

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** A quota smaller than etcd's own default is what filled up. */
const largerQuota = (chart: Chart, host: HostChart): readonly Resource[] => {
  const quota = Number(flagsOf(host, 'etcd').inForce?.get('quota-backend-bytes') ?? defaultQuota);
  if (quota >= defaultQuota) return [];
  return layout(chart) === 'kubewizard'
    ? restoreAt(chart, host.name, '/etc/systemd/system/etcd.service', 'etcd.service')
    : flagSet(
        host,
        'etcd',
        { 'quota-backend-bytes': String(defaultQuota) },
        'the quota is smaller than etcd’s default, and it is used up',
      );
};
