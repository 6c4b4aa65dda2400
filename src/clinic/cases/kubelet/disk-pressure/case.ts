import { idOf, type Resource } from '../../../../model/resource.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, RoomSeen } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { freshUnit } from '../../../therapies/files.js';
import { editYaml } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { notReady } from '../../../symptoms.js';
import { type Found, subjectText } from '../../../examine/verdict.js';
import { quote } from '../../../../shell/sh.js';
import { type Quote, quoted } from '../../../read/quote.js';

/** What is left of a disk, and what the kubelet wants of it: `10%` or a quantity, under the name of its signal. */
type Shortage = {
  readonly disk: string;
  readonly free: number;
  readonly size: number;
  readonly unit: 'bytes' | 'inodes';
  readonly signal: string;
  readonly wanted: string;
  /** The kubelet's configuration, where it is that which says so. */
  readonly told?: string;
};

type Variants = 'space' | 'inodes' | 'images' | 'threshold';
type Facts = Readonly<Record<Variants, Shortage>>;

const shows = ({ facts: { disk, free, size, unit, signal, wanted, told } }: Found<Shortage>): readonly Quote[] => [
  quoted('room', disk, `${free} of ${size} ${unit} free`),
  ...(told === undefined ? [] : [quoted('files', told, `evictionHard: ${signal}: ${wanted}`)]),
];

const says = ({ host, facts }: FoundOf<Facts>): string =>
  `${facts.disk} on ${host} has ${share(facts.free, facts.size)} of its ${facts.unit} free, but the kubelet wants ` +
  `${facts.wanted} (${facts.signal}): it evicts pods and takes no new ones`;

export default defineCase<Facts>({
  id: 'disk-pressure',
  precedence: 560,
  title: 'The node’s disk is too full for the kubelet',
  variants: {
    space: { means: 'less room is left than the kubelet’s threshold', says, shows },
    inodes: { means: 'fewer inodes are left than the kubelet’s threshold', says, shows },
    images: { means: 'less room is left for images and containers than the kubelet’s threshold', says, shows },
    threshold: { means: 'there is room, but the kubelet is told to want nearly all of the disk free', says, shows },
  },
  told: [['evicted', 'full'], ['evicted', 'disk'], ['disk-pressure']],
  symptoms: [
    { text: /The node was low on resource: (ephemeral-storage|inodes|imagefs|nodefs)/ },
    { text: /NodeHasDiskPressure|had condition: \[DiskPressure|node\.kubernetes\.io\/disk-pressure/ },
    { text: /failed to garbage collect required amount of images|FreeDiskSpaceFailed|over the high threshold/ },
    { text: /attempting to reclaim"?(?: resourceName=")? ?(ephemeral-storage|inodes|nodefs|imagefs)/ },
    { text: /node has conditions: \[.{0,80}DiskPressure|\bDiskPressure +True\b|DiskPressure=True/ },
    { text: /must evict pod\(s\) to reclaim"?(?: resourceName=")? ?(?:ephemeral-storage|inodes|nodefs|imagefs)/ },
    { text: /no space left on device/ },
    { text: /(?:write|mkdir|copy\w*|creat\w+|extract\w*) \S{1,200}: no space left on device/ },
    { text: notReady },
  ],
  explains: ['not-highly-available', 'quorum-lost', 'etcd-slow-disk'],
  lab: true,
  sources: [
    'kubernetes/kubernetes#91600',
    'kubernetes/kubernetes#32542',
    'kubernetes/kubernetes#66961',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/',
  ],
  badCures: [
    {
      cure: 'rm -rf below /var/lib/containerd or /var/lib/kubelet',
      why: 'the runtime’s database then names what is no more: no container starts until all is made anew',
      text: /rm -\w+ .{0,40}\/var\/lib\/(containerd|kubelet|docker)/,
    },
    {
      cure: 'evictionHard with all thresholds at 0',
      why: 'the disk fills up to the last byte, and etcd and the logs with it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => pressed(host, evidence)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = host && finding.variant === 'threshold' ? thresholdsAgain(chart, host) : [];
    if (want.length > 0)
      return { title: `Give the kubelet of ${finding.host} its ordinary thresholds again`, risk: 'restart', want };
    return {
      refused: `what on ${finding.host} may be deleted only its owner knows`,
      advice: [
        'who needs it: du -xh --max-depth=2 /var | sort -h | tail',
        'what is safe: crictl rmi --prune; journalctl --vacuum-size=500M; apt-get clean; deleted files that are ' +
          'still open: lsof +L1',
        'a larger disk, or one of its own for /var/lib/containerd',
        'the condition goes five minutes after there is room again (evictionPressureTransitionPeriod)',
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: `df -h ${quote(finding.facts.disk)}; df -i ${quote(finding.facts.disk)}`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'more free than nodefs 10 %, images 15 %, inodes 5 %',
    },
    {
      host: finding.host,
      command: 'kubectl describe node | grep DiskPressure',
      answer: 'DiskPressure True KubeletHasDiskPressure',
      healthy: 'DiskPressure False KubeletHasNoDiskPressure',
    },
  ],
});

/** pkg/kubelet/apis/config/v1beta1/defaults_linux.go. */
const usual: Readonly<Record<string, string>> = {
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
};

interface Signal {
  readonly signal: string;
  readonly variant: Variants;
  readonly paths: readonly string[];
  readonly inodes: boolean;
}

const signals: readonly Signal[] = [
  { signal: 'nodefs.available', variant: 'space', paths: ['/var/lib/kubelet', '/'], inodes: false },
  { signal: 'nodefs.inodesFree', variant: 'inodes', paths: ['/var/lib/kubelet', '/'], inodes: true },
  { signal: 'imagefs.available', variant: 'images', paths: ['/var/lib/containerd', '/var/lib/docker'], inodes: false },
];

const pressed = (host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const room = evidence.read(host.room);
  evidence.read(host.processes);
  const kubelet = kubeletOf(host);
  const settings = evidence.file(host, kubelet.path);
  if (settings && settings.text === undefined) {
    evidence.note(host.name, kubelet.path, 'its thresholds were not seen');
    return [];
  }
  if (!room) return [];
  const given = thresholdsOf(kubelet.value('evictionHard', 'eviction-hard'));
  const found = signals.flatMap(({ signal, variant, paths, inodes }): readonly FoundOf<Facts>[] => {
    const disk = paths.map(path => room.disks.find(one => one.path === path)).find(one => one !== undefined);
    // Where images lie on the node's own disk, that disk's signal speaks.
    if (!disk || (variant === 'images' && sameDisk(room, disk))) return [];
    const [free, size] = inodes ? [disk.inodesFree, disk.inodes] : [disk.free, disk.size];
    const limit = given === undefined ? usual[signal] : given[signal];
    if (limit === undefined) return [];
    const least = amount(limit, size);
    if (size === 0 || free >= least) return [];
    const high = limit !== usual[signal] && least > size / 2 && free >= amount(usual[signal] ?? '0', size);
    const unit = inodes ? 'inodes' : 'bytes';
    return [
      {
        variant: high ? 'threshold' : variant,
        host: host.name,
        subject: { path: high ? kubelet.path : disk.path },
        facts: {
          disk: disk.path,
          free,
          size,
          unit,
          signal,
          wanted: limit,
          ...(given !== undefined && { told: kubelet.path }),
        },
      },
    ];
  });
  return [...new Map(found.map(one => [`${one.variant} ${subjectText(one.subject)}`, one])).values()];
};

const sameDisk = (room: RoomSeen, disk: RoomSeen['disks'][number]): boolean => {
  const node = room.disks.find(one => one.path === '/var/lib/kubelet') ?? room.disks.find(one => one.path === '/');
  return node !== undefined && node.mount === disk.mount;
};

const thresholdsOf = (value: unknown): Readonly<Record<string, string>> | undefined => {
  if (typeof value === 'string')
    return Object.fromEntries(value.split(',').map(one => one.split('<').map(part => part.trim()) as [string, string]));
  return value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]))
    : undefined;
};

const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `10%` of a size, or a quantity. What cannot be read is not a threshold. */
const amount = (limit: string, size: number): number => {
  const [, number, unit = ''] = /^([\d.]+)\s*(%|[kMGT]i?|Ki)?$/.exec(limit) ?? [];
  return number === undefined ? 0 : unit === '%' ? (size * Number(number)) / 100 : Number(number) * (units[unit] ?? 1);
};

const share = (free: number, size: number): string => `${Math.round((free / size) * 1000) / 10} %`;

const thresholdsAgain = (chart: Chart, host: HostChart): readonly Resource[] => {
  const { path } = kubeletOf(host);
  if (isOurs(chart)) return restoreAt(chart, host.name, path, 'kubelet.service');
  const edit = editYaml(
    host,
    path,
    doc => {
      doc.delete('evictionHard');
    },
    'the kubelet’s own thresholds are right for this disk',
  );
  return edit
    ? [
        edit,
        freshUnit('kubelet.service', [path], {
          host: host.name,
          because: 'the kubelet reads it when it starts',
          stage: 'nodes',
          after: [idOf(edit)],
        }),
      ]
    : [];
};
