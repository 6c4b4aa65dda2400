import { flagLife, flagPresence, flagReplacement, type FlagComponent } from '../../../../catalog/index.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, ProcessSeen } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { bare, hostsOf, kubernetesVersion } from '../../../read/hosts.js';
import { programFlags } from '../../../therapies/kubelet-settings.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import { arePlain } from '../../../therapies/plain-flags.js';
import { logsOf } from '../../../read/commands.js';
import { quote } from '../../../../shell/sh.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

const programs = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'etcd',
] as const satisfies readonly (FlagComponent | 'etcd')[];
type Program = (typeof programs)[number];

/** `source`: the file that starts `program`; `flag`: without dashes; `line`: the program's own words. */
type Started = {
  readonly program: Program;
  readonly flag: string;
  readonly value: string;
  readonly source: string;
  readonly line?: string;
};
/** `version`: of the program; `since`: the minor with which the flag went or came. */
type OfVersion = Started & { readonly version: string; readonly since: number };

type Facts = {
  readonly removed: OfVersion;
  readonly 'not-yet': OfVersion;
  readonly unknown: Started & { readonly line: string };
};

export default defineCase<Facts>({
  id: 'removed-flag',
  precedence: 300,
  title: 'A component is started with a flag that its version does not have',
  variants: {
    removed: {
      means: 'the flag is gone in this version',
      says: ({ host, facts }) => `${startText(host, facts)}, which is gone since 1.${facts.since}`,
      shows: proof,
    },
    'not-yet': {
      means: 'the flag came in a later version',
      says: ({ host, facts }) => `${startText(host, facts)}, which came with 1.${facts.since}`,
      shows: proof,
    },
    unknown: {
      means: 'the component itself says that it does not know the flag',
      says: ({ host, facts: { source, program, flag, line } }) =>
        `${source} on ${host} starts ${program} with --${flag}, and ${program} said: ${line.slice(0, 200)}`,
      shows: proof,
    },
  },
  told: [['flag', 'upgraded', 'not-starting']],
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
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart).flatMap(host => programs.flatMap(program => findings(chart, host, program, evidence))),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const { program, flag } = finding.facts;
    const because = `${program} starts without a flag that it does not know`;
    const own = restoreAt(chart, finding.host, `/etc/systemd/system/${program}.service`);
    const want =
      !host || !arePlain({ [flag]: null })
        ? []
        : own.length > 0
          ? own
          : program === 'kubelet'
            ? programFlags(chart, host, program, { [flag]: null }, because)
            : flagSet(host, program, { [flag]: null }, because);
    const version = versionOf(chart, host, program);
    const instead = version === undefined || program === 'etcd' ? undefined : flagReplacement(program, flag, version);
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

  verify: ({ host, facts: { program, flag } }, chart) => [
    {
      host,
      command: logsOf(chart, host, program),
      answer: `unknown flag: --${flag}`,
      healthy: 'no such line; the component runs',
    },
    {
      host,
      command: `${program} --help 2>&1 | grep -e ${quote(`--${flag}`)}`,
      answer: 'nothing',
      healthy: 'the flag and what it does',
    },
  ],
});

const startText = (host: string, { source, program, version, flag }: OfVersion): string =>
  `${source} on ${host} starts ${program} ${version} with --${flag}`;

const versionOf = (chart: Chart, host: HostChart | undefined, program: string): string | undefined =>
  bare((host && 'value' in host.versions ? host.versions.value : {})[program] ?? '') ?? kubernetesVersion(chart);

/** A process that stays has proven that it knows its flags; one that starts over and over is seen too. */
const hasStayed = (process: ProcessSeen | null | undefined, now: string): boolean => {
  const age = Date.parse(now) - Date.parse(process?.startedAt ?? '');
  return !!process && !(age >= 0 && age < 10_000);
};

function proof({ facts: { program, flag, value, source, line } }: Found<Started>): readonly Quote[] {
  return [
    quoted('files', source, `--${flag}=${value}`),
    ...(line === undefined ? [] : [quoted('logs', `log of ${program}`, line)]),
  ];
}

function findings(
  chart: Chart,
  host: HostChart,
  program: Program,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  evidence.read(host.processes);
  evidence.read(host.files);
  const { disk, running, source } = flagsOf(host, program);
  if (!disk || source === undefined) return [];
  const stays = hasStayed(evidence.process(host, program), chart.now);
  evidence.read(host.versions);
  const version = program === 'etcd' ? undefined : versionOf(chart, host, program);
  const logs = evidence.read(host.logs)?.[program] ?? [];
  return disk.names.flatMap((flag): readonly FoundOf<Facts>[] => {
    if (stays && running?.names.includes(flag)) return [];
    const at = { host: host.name, subject: { program, flag: `--${flag}` } };
    const line = logs.findLast(one =>
      new RegExp(`(unknown flag: |not defined: )-{1,2}${flag}\\b`).test(one.slice(0, 4000)),
    );
    const facts: Started = {
      program,
      flag,
      value: disk.get(flag) ?? '',
      source,
      ...(line !== undefined && { line }),
    };
    const life = program === 'etcd' ? undefined : flagLife(program, flag);
    if (program !== 'etcd' && version !== undefined && life && flagPresence(program, flag, version) === 'no')
      return [
        {
          variant: life.how === 'gone' ? 'removed' : 'not-yet',
          ...at,
          facts: { ...facts, version, since: life.first },
        },
      ];
    return line === undefined
      ? []
      : [
          {
            variant: 'unknown',
            ...at,
            facts: { ...facts, line },
          },
        ];
  });
}
