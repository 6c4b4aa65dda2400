import { flagLife, flagPresence, flagReplacement, type FlagComponent } from '../../../../catalog/index.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, ProcessSeen } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { bare, hostsOf, kubernetesVersion } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { programFlags } from '../../../therapies/kubelet-settings.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { logsOf } from '../../../read/commands.js';

export default defineCase({
  id: 'removed-flag',
  precedence: 300,
  title: 'A component is started with a flag that its version does not have',
  variants: {
    removed: 'the flag is gone in this version',
    'not-yet': 'the flag came in a later version',
    unknown: 'the component itself says that it does not know the flag',
  },
  symptoms: [
    { text: /unknown (shorthand )?flag: '?-{1,2}[\w-]+/ },
    { text: /failed to parse kubelet flag/ },
    { text: /flag provided but not defined/ },
    { text: apiRefused },
  ],
  explains: ['waiting-for-leader-lease', 'not-highly-available', 'node-not-ready-cni/not-loaded'],
  lab: true,
  spare: ['version'],
  sources: ['kubernetes/website#34755', 'kubernetes-sigs/kubespray#8924', 'kubernetes/kubernetes#106973'],
  badCures: [
    {
      cure: 'install the older version again',
      why: 'nodes older than the API server allows come next; the flag is what must go',
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    return eyes.verdict(
      hostsOf(chart).flatMap(host => programs.flatMap(program => findings(chart, host, program, eyes))),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const [program = '', flag = ''] = finding.subject.split(' --');
    const because = `${program} starts without a flag that it does not know`;
    const own = restoreAt(chart, finding.host, `/etc/systemd/system/${program}.service`);
    const want = !host
      ? []
      : own.length > 0
        ? own
        : program === 'kubelet'
          ? programFlags(chart, host, program, { [flag]: null }, because)
          : flagSet(host, program, { [flag]: null }, because);
    const version = versionOf(chart, host, program);
    const instead =
      version === undefined || program === 'etcd'
        ? undefined
        : flagReplacement(program as FlagComponent, flag, version);
    return want.length > 0
      ? {
          title: `Start ${program} on ${finding.host} without --${flag}${instead ? ` (${instead})` : ''}`,
          risk: 'restart',
          want,
        }
      : {
          refused: `nothing that starts ${program} and holds --${flag} was seen as text`,
          advice: [
            `take --${flag} from the unit, its drop-ins, /var/lib/kubelet/kubeadm-flags.env or the manifest`,
            ...(instead ? [instead] : []),
          ],
        };
  },

  teach: (finding, chart) => [
    {
      host: finding.host,
      command: logsOf(chart, finding.host, finding.subject.split(' ')[0] ?? ''),
      answer: `unknown flag: --${finding.subject.split(' --')[1]}`,
      healthy: 'no such line; the component runs',
    },
    {
      host: finding.host,
      command: `${finding.subject.replace(' ', ' --help 2>&1 | grep -e ')}`,
      answer: 'nothing',
      healthy: 'the flag and what it does',
    },
  ],
});

const versionOf = (chart: Chart, host: HostChart | undefined, program: string): string | undefined =>
  bare((host && 'value' in host.versions ? host.versions.value : {})[program] ?? '') ?? kubernetesVersion(chart);

/** A process that stays has proven that it knows its flags; one that starts over and over is seen alive now and then. */
const hasStayed = (process: ProcessSeen | null | undefined, now: string): boolean => {
  const age = Date.parse(now) - Date.parse(process?.startedAt ?? '');
  return !!process && !(age >= 0 && age < 10_000);
};

const programs: readonly (FlagComponent | 'etcd')[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'etcd',
];

function findings(chart: Chart, host: HostChart, program: FlagComponent | 'etcd', eyes: Eyes): readonly Finding[] {
  eyes.see(host.processes);
  eyes.see(host.files);
  const { disk, running, source } = flagsOf(host, program);
  if (!disk || source === undefined) return [];
  const stays = hasStayed(eyes.process(host, program), chart.now);
  eyes.see(host.versions);
  const version = program === 'etcd' ? undefined : versionOf(chart, host, program);
  const logs = eyes.see(host.logs)?.[program] ?? [];
  return disk.names.flatMap((flag): readonly Finding[] => {
    if (stays && running?.names.includes(flag)) return [];
    const at = { host: host.name, subject: `${program} --${flag}` };
    const line = logs.findLast(one =>
      new RegExp(`(unknown flag: |not defined: )-{1,2}${flag}\\b`).test(one.slice(0, 4000)),
    );
    const shows = [
      shown(host.files, source, `--${flag}=${disk.get(flag) ?? ''}`),
      ...(line === undefined ? [] : [shown(host.logs, `log of ${program}`, line)]),
    ];
    const life = program === 'etcd' ? undefined : flagLife(program, flag);
    if (program !== 'etcd' && version !== undefined && life && flagPresence(program, flag, version) === 'no')
      return [
        {
          variant: life.how === 'gone' ? 'removed' : 'not-yet',
          ...at,
          shows,
          says: `${source} on ${host.name} starts ${program} ${version} with --${flag}, which ${life.how === 'gone' ? `is gone since 1.${life.first}` : `came with 1.${life.first}`}`,
        },
      ];
    return line === undefined
      ? []
      : [
          {
            variant: 'unknown',
            ...at,
            shows,
            says: `${source} on ${host.name} starts ${program} with --${flag}, and ${program} said: ${line.slice(0, 200)}`,
          },
        ];
  });
}
