import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, UnitSeen } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { type ComponentFlags, flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { freshUnit } from '../../../therapies/files.js';
import { restoreAt } from '../../../therapies/restore.js';
import { quote } from '../../../../shell/sh.js';
import { absolutePath } from '../../../../model/path.js';
import { idOf, type Resource, type Stage } from '../../../../model/resource.js';
import { type Quote, quoted } from '../../../read/quote.js';

/**
 * `program` names the unit `unit`, whose file is `path`; `news`: flags that the disk has and the process was not told.
 */
type Changed = {
  readonly program: string;
  readonly unit: string;
  readonly path: string;
  readonly news: readonly string[];
};

type Facts = {
  /** `paths`: the unit and its drop-ins. */
  readonly 'not-reloaded': Changed & { readonly paths: readonly string[] };
  readonly 'not-restarted': Changed;
};

export default defineCase<Facts>({
  id: 'unit-changed-on-disk',
  precedence: 600,
  title: 'A unit was changed on the disk, and its process is still the old one',
  variants: {
    'not-reloaded': {
      means: 'systemd has not read what was changed in the unit or its drop-ins',
      says: ({ host, facts: { unit, paths, news } }) =>
        `${paths.join(' or ')} on ${host} is newer than what systemd knows of ${unit}${listed(news)}`,
      shows: ({ facts }) => [quoted('units', `systemctl show ${facts.unit}`, 'NeedDaemonReload=yes'), ...newsIn(facts)],
    },
    'not-restarted': {
      means: 'systemd has read it, and the process still has the arguments of before',
      says: ({ host, facts: { unit, news } }) =>
        `${unit} on ${host} runs with other arguments than its unit now says${listed(news)}`,
      shows: ({ facts }) => [
        quoted('processes', `the process ${facts.program}`, `without ${facts.news.join(' ')}`),
        ...newsIn(facts),
      ],
    },
  },
  told: [['unit-file', 'stays-old']],
  symptoms: [{ text: /(unit file|source configuration file).{0,60} changed on disk\. Run 'systemctl daemon-reload'/ }],
  explains: [],
  lab: true,
  sources: ['systemctl(1), daemon-reload', 'org.freedesktop.systemd1(5), NeedDaemonReload'],
  badCures: [
    { cure: 'systemctl daemon-reexec', why: 'it starts systemd itself again; no unit gets its new arguments by that' },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const all = hostsOf(chart);
    for (const host of all) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    return evidence.verdict(all.flatMap(host => programs.flatMap(program => finding(host, program, evidence) ?? [])));
  },

  therapy: (finding, chart) => ({
    title: `Start ${finding.facts.unit} on ${finding.host} as its unit is meant to be`,
    risk: 'restart',
    want: restarted(chart, finding),
  }),

  verify: ({ host, facts: { unit }, shows }) => [
    {
      host,
      command: `systemctl status ${quote(unit)} 2>&1 | head -3; systemctl show ${quote(unit)} -p NeedDaemonReload`,
      answer: shows.map(one => one.text).join('\n'),
      healthy: 'NeedDaemonReload=no, and no warning',
    },
    {
      host,
      command: `systemctl cat ${quote(unit)}; tr '\\0' ' ' < /proc/$(systemctl show -P MainPID ${quote(unit)})/cmdline`,
      answer: 'two different command lines',
      healthy: 'the same command line',
    },
  ],
});

const stages: Readonly<Record<string, Stage>> = {
  etcd: 'etcd',
  'kube-apiserver': 'control-plane',
  'kube-controller-manager': 'control-plane',
  'kube-scheduler': 'control-plane',
  'kw-haproxy': 'control-plane',
  'kw-keepalived': 'control-plane',
  containerd: 'nodes',
  kubelet: 'nodes',
  'kube-proxy': 'nodes',
};
const programs = Object.keys(stages);

const newsIn = ({ path, news }: Changed): readonly Quote[] => news.map(text => quoted('files', path, text));

function finding(host: HostChart, program: string, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  const unit = evidence.unit(host, program);
  if (unit?.active !== 'active') return undefined;
  const flags = flagsOf(host, program);
  const news = changes(flags, program === 'etcd' ? onlyOnce : undefined);
  const at = { host: host.name, subject: { unit: unit.name } };
  const facts: Changed = { program, unit: unit.name, path: unit.path, news };
  if (unit.needsReload)
    return {
      variant: 'not-reloaded',
      ...at,
      facts: {
        ...facts,
        paths: [unit.path, ...(unit.dropIns ?? [])],
      },
    };
  return news.length === 0 || !isUnitsProcess(host, program, unit)
    ? undefined
    : {
        variant: 'not-restarted',
        ...at,
        facts,
      };
}

const listed = (news: readonly string[]): string => (news.length > 0 ? `: ${news.join(' ')}` : '');

/** The process that was seen is the unit's own: in a container it would be a static pod's. */
const isUnitsProcess = (host: HostChart, program: string, unit: UnitSeen): boolean =>
  'value' in host.processes &&
  host.processes.value.some(one => one.program === program && !one.contained) &&
  flagsOf(host, program).source?.includes(`/${unit.name}`) === true;

/**
 * etcd reads them while it has no data: a member that joined anew was told other ones for that one start (etcd's
 * configuration page).
 */
const onlyOnce = /^initial-cluster/;

/**
 * What the disk says and the process was not told. Only this way round: a file of variables that was not seen takes
 * flags from the disk's side.
 */
const changes = ({ running, disk }: ComponentFlags, harmless?: RegExp): readonly string[] =>
  !running || !disk
    ? []
    : disk.names
        .filter(
          name =>
            !harmless?.test(name) &&
            !disk.all(name).join().includes('%') &&
            disk.all(name).join() !== running.all(name).join(),
        )
        .map(name => `--${name}=${disk.all(name).join()}`);

/** The blueprint's own unit where there is one: an edit by hand is no wish of the cluster file. */
function restarted(chart: Chart, { host, facts: { program, unit: name } }: FoundOf<Facts>): readonly Resource[] {
  const seen = chart.hosts.get(host);
  const unit = seen && 'value' in seen.units ? seen.units.value.find(one => one.name === name) : undefined;
  if (!seen || !unit) return [];
  const own = isOurs(chart) ? restoreAt(chart, host, unit.path) : [];
  if (own.some(one => one.kind === 'service' && one.key === name) && !unit.needsReload) return own;
  const files = own.filter(one => one.kind === 'file');
  const because = 'its process shall be what its unit says';
  return [
    ...files,
    freshUnit(name, filesOf(seen, unit), {
      host,
      because,
      stage: stages[program] ?? 'nodes',
      after: files.map(idOf),
    }),
  ];
}

/** systemd names a drop-in only once it has read it. */
const filesOf = (host: HostChart, unit: UnitSeen): readonly string[] => {
  const texts =
    'value' in host.files
      ? host.files.value.filter(file => file.path === unit.path || file.path.includes(`/${unit.name}.d/`))
      : [];
  const variables = texts.flatMap(file =>
    [...(file.text ?? '').matchAll(/^EnvironmentFile=-?(\/.*)$/gm)].map(([, path = '']) => path),
  );
  return [...new Set([unit.path, ...(unit.dropIns ?? []), ...texts.map(file => file.path), ...variables])].filter(
    path => absolutePath(path) !== undefined,
  );
};
