import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kept } from '../../../therapies/files.js';
import { notReady } from '../../../symptoms.js';
import { pattern } from '../../../../model/pattern.js';
import { quoted } from '../../../read/quote.js';

const [maxInstances, maxWatches] = ['fs.inotify.max_user_instances', 'fs.inotify.max_user_watches'] as const;

type Facts = {
  readonly instances: { readonly open: number; readonly limit: number };
  /** `line`: the last words of the program about it; `limit`: of the sysctl, where the host has it. */
  readonly watches: {
    readonly program: string;
    readonly line: string;
    readonly limit?: string;
  };
};

export default defineCase<Facts>({
  id: 'inotify-limit',
  precedence: 480,
  title: 'The host has run out of inotify: files are no longer watched',
  variants: {
    instances: {
      means: 'as many inotify instances are open as a user may have',
      says: ({ host, facts }) =>
        `${facts.open} inotify instances are open on ${host}, and ${maxInstances} is ${facts.limit}`,
      shows: ({ facts }) => [quoted('room', '/proc/*/fd', `${facts.open} of ${facts.limit}`)],
    },
    watches: {
      means: 'a component could not watch a file: no watches are left',
      says: ({ host, facts }) =>
        `${facts.program} on ${host} could not watch a file (“${facts.line}”), and ${maxWatches} is ` +
        `${facts.limit ?? 'not there'}`,
      shows: ({ facts }) => [
        quoted('logs', `log of ${facts.program}`, facts.line),
        quoted('sysctls', maxWatches, facts.limit ?? ''),
      ],
    },
  },
  told: [['inotify'], ['inotify', 'open-files']],
  symptoms: [
    {
      text: /too many open files/,
      benign: 'where inotify instances are far from their limit it is about file descriptors',
    },
    { text: /failed to create (?:fsnotify watcher|cni conf monitor)/ },
    { text: /inotify_(init1?|add_watch)(?!.{0,300}\/cgroup\/.{0,300}no such file)/ },
    {
      text: pattern(
        /inotify (?:object|instances?|watch\w*|cannot)\b.{0,40}(?:too many|limit|no space)/i,
        /|Failed to allocate (?:manager object|directory watch)/i,
        /|number of file watchers reached|max_user_(?:watches|instances)|\bwatch\b.{0,120}no space left on device/i,
      ),
    },
    {
      // Who writes has a full disk, and no watch too many.
      text: /(?<!\b(?:write|writing|truncate|copy|mkdir|extract\w*|unpack\w*|save)\b.{0,400})no space left on device/,
      benign: 'where the line is not about a watch it is about a disk',
    },
    { text: notReady },
  ],
  explains: ['node-not-ready-cni/not-loaded', 'cri-disabled/failed-to-load'],
  lab: false,
  sources: ['kubernetes/kubernetes#104303', 'k0sproject/k0s#8113'],
  badCures: [
    {
      cure: 'ulimit -n (LimitNOFILE)',
      why: '"too many open files" is a lie here: it is not file descriptors that have run out',
      text: /ulimit -n \d+/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, evidence)));
  },
  therapy: finding => {
    const place = { host: finding.host, because: 'kubelet and runtime can watch files again', stage: 'host' as const };
    return {
      title: `Raise the inotify limits of ${finding.host}`,
      risk: 'none',
      want: [...kept(maxInstances, '8192', place), ...kept(maxWatches, '1048576', place)],
    };
  },
  verify: finding => [
    {
      host: finding.host,
      command: "sysctl fs.inotify; find /proc/[0-9]*/fd -lname 'anon_inode:inotify' 2>/dev/null | wc -l",
      answer: finding.shows.map(one => one.text).join('\n'),
      healthy: 'far fewer instances than max_user_instances',
    },
  ],
});

function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const inotify = evidence.read(host.room)?.inotify;
  const limits = evidence.read(host.sysctls);
  const logs = evidence.read(host.logs);
  if (!inotify || !limits || !logs) return [];
  const line = (pattern: RegExp): readonly [string, string] | undefined =>
    Object.entries(logs)
      .flatMap(([name, lines]) => lines.flatMap(one => (pattern.test(one) ? [[name, one.slice(0, 300)] as const] : [])))
      .at(-1);
  const full = line(/(inotify_add_watch|watch)[^\n]{0,200}no space left on device/);
  const limit = limits[maxWatches];
  // The limit counts per user; root's are nearly all.
  return [
    ...(inotify.limit > 0 && inotify.instances >= inotify.limit * 0.95
      ? [
          {
            variant: 'instances' as const,
            host: host.name,
            subject: { setting: maxInstances },
            facts: { open: inotify.instances, limit: inotify.limit },
          },
        ]
      : []),
    ...(full && Number(limit ?? 0) < 1_048_576
      ? [
          {
            variant: 'watches' as const,
            host: host.name,
            subject: { setting: maxWatches },
            facts: {
              program: full[0],
              line: full[1],
              ...(limit !== undefined && { limit }),
            },
          },
        ]
      : []),
  ];
}
