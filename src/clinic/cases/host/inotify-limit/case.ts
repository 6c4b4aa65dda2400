import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { nodesOf } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { kept } from '../../../therapies/files.js';
import { notReady } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';

export default defineCase({
  id: 'inotify-limit',
  precedence: 480,
  title: 'The host has run out of inotify: files are no longer watched',
  variants: {
    instances: 'as many inotify instances are open as a user may have',
    watches: 'a component could not watch a file: no watches are left',
  },
  symptoms: [
    {
      text: /too many open files/,
      benign: 'where inotify instances are far from their limit it is about file descriptors',
    },
    { text: /failed to create fsnotify watcher/ },
    { text: /inotify_(init1?|add_watch)/ },
    { text: /no space left on device/, benign: 'where the line is not about a watch it is about a disk' },
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
    const eyes = openEyes();
    return eyes.verdict(nodesOf(chart).flatMap(host => findings(host, eyes)));
  },
  therapy: finding => {
    const place = { host: finding.host, because: 'kubelet and runtime can watch files again', stage: 'host' as const };
    return {
      title: `Raise the inotify limits of ${finding.host}`,
      risk: 'none',
      want: [
        ...kept('fs.inotify.max_user_instances', '8192', place),
        ...kept('fs.inotify.max_user_watches', '1048576', place),
      ],
    };
  },
  teach: finding => [
    {
      host: finding.host,
      command: "sysctl fs.inotify; find /proc/[0-9]*/fd -lname 'anon_inode:inotify' 2>/dev/null | wc -l",
      answer: finding.shows.map(one => one.text).join('\n'),
      healthy: 'far fewer instances than max_user_instances',
    },
  ],
});

function findings(host: HostChart, eyes: Eyes): readonly Finding[] {
  const inotify = eyes.see(host.room)?.inotify;
  const limits = eyes.see(host.sysctls);
  const logs = eyes.see(host.logs);
  if (!inotify || !limits || !logs) return [];
  const [instances, watches] = ['fs.inotify.max_user_instances', 'fs.inotify.max_user_watches'];
  const line = (pattern: RegExp): readonly [string, string] | undefined =>
    Object.entries(logs)
      .flatMap(([name, lines]) => lines.flatMap(one => (pattern.test(one) ? [[name, one.slice(0, 300)] as const] : [])))
      .at(-1);
  const full = line(/(inotify_add_watch|watch)[^\n]{0,200}no space left on device/);
  // The limit counts per user; root's are nearly all.
  return [
    ...(inotify.limit > 0 && inotify.instances >= inotify.limit * 0.95
      ? [
          {
            variant: 'instances',
            host: host.name,
            subject: instances,
            says: `${inotify.instances} inotify instances are open on ${host.name}, and ${instances} is ${inotify.limit}`,
            shows: [shown(host.room, '/proc/*/fd', `${inotify.instances} of ${inotify.limit}`)],
          },
        ]
      : []),
    ...(full && Number(limits[watches] ?? 0) < 1_048_576
      ? [
          {
            variant: 'watches',
            host: host.name,
            subject: watches,
            says: `${full[0]} on ${host.name} could not watch a file (“${full[1]}”), and ${watches} is ${limits[watches] ?? 'not there'}`,
            shows: [
              shown(host.logs, `log of ${full[0]}`, full[1]),
              shown(host.sysctls, watches, limits[watches] ?? ''),
            ],
          },
        ]
      : []),
  ];
}
