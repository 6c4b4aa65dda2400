/**
 * Programs stopped in the middle: systemd calls them active, their ports are open, and nobody answers there. Programs
 * that their cgroup starves, or whose file is gone: they run, and badly, or not once more.
 */
import type { Chart } from '../../chart/chart.js';
import type { HostChart, ProcessSeen } from '../../chart/host-chart.js';
import { hostsOf } from '../../read/hosts.js';
import { shown } from '../../read/shown.js';
import { components } from '../../../model/components.js';
import type { Sign } from './sign.js';

export const processSigns = (chart: Chart): readonly Sign[] =>
  hostsOf(chart).flatMap(host =>
    chart.stopped?.includes(host.name) || 'missing' in host.processes
      ? []
      : [
          ...onePerProgram(host.processes.value.filter(one => one.halted)).map(one => halted(host, one)),
          ...onePerProgram(host.processes.value.filter(one => one.gone)).map(one => gone(host, one)),
          ...onePerProgram(host.processes.value).flatMap(one => starved(host, one)),
          ...replaced(chart, host, host.processes.value),
        ],
  );

/** haproxy is a master and a worker: it is stopped once. */
const onePerProgram = (all: readonly ProcessSeen[]): readonly ProcessSeen[] => [
  ...new Map(all.toReversed().map(one => [one.program, one])).values(),
];

const halted = (host: HostChart, { program, pid, startedAt }: ProcessSeen): Sign => ({
  kind: 'process',
  host: host.name,
  subject: { program },
  says: `${program} on ${host.name} is stopped (state T): its process is there, holds its ports, and answers nobody`,
  shows: [shown(host.processes, `/proc/${pid}/stat`, `${program}, started at ${startedAt}, state T (stopped)`)],
  next: `on ${host.name}: see who stopped or traces it (TracerPid in /proc/${pid}/status), then kill -CONT ${pid}`,
});

const gone = (host: HostChart, { program, pid, argv }: ProcessSeen): Sign => ({
  kind: 'process',
  host: host.name,
  subject: { program, file: argv[0] ?? program },
  says: `${program} on ${host.name} runs, but ${argv[0]} is not there any more: it cannot be started again`,
  shows: [shown(host.processes, `/proc/${pid}/cmdline`, `${argv[0]}: no such file`)],
  next: `on ${host.name}: put ${argv[0]} back (cp /proc/${pid}/exe ${argv[0]} while it runs), and see who took it away`,
});

/** Held down most of the time since its start, which one busy minute is not. */
const mostly = 0.5;
const fewest = 100;
const full = 0.97;

const starved = (host: HostChart, { program, pid, limits }: ProcessSeen): readonly Sign[] => {
  const { cpu, tasks, memory } = limits ?? {};
  const share = cpu && cpu.periods >= fewest ? cpu.throttled / cpu.periods : 0;
  const why = [
    ...(share >= mostly
      ? [`its cgroup makes it wait for the processor in ${Math.round(share * 100)} % of all periods`]
      : []),
    ...(tasks && tasks.now >= tasks.most ? [`its cgroup allows ${tasks.most} tasks, and it has ${tasks.now}`] : []),
    ...(memory && memory.now >= memory.most * full
      ? [`its cgroup allows ${mebibytes(memory.most)} of memory, and ${mebibytes(memory.now)} are in use`]
      : []),
  ];
  return why.map(each => ({
    kind: 'process' as const,
    host: host.name,
    subject: { program, limit: each.replace(/\d+/g, 'n') },
    says: `${program} on ${host.name} is held down: ${each}`,
    shows: [shown(host.processes, `cgroup of process ${pid}`, each)],
    next: `on ${host.name}: systemctl cat ${program}, and what /proc/${pid}/cgroup names below /sys/fs/cgroup`,
  }));
};

/** A program that starts through a wrapper is there by then. */
const startMs = 30_000;

/** systemd calls the unit active, and what runs in it is something else. */
const replaced = (chart: Chart, host: HostChart, processes: readonly ProcessSeen[]): readonly Sign[] =>
  ('value' in host.units ? host.units.value : []).flatMap(unit => {
    const program = components.find(one => unit.name === `${one.program}.service`)?.program;
    const since = Date.parse(chart.now) - Date.parse(unit.startedAt ?? '');
    const runs = unit.active === 'active' && unit.sub === 'running' && since > startMs;
    if (program === undefined || !runs || processes.some(one => one.program === program)) return [];
    return [
      {
        kind: 'process' as const,
        host: host.name,
        subject: { program },
        says: `${unit.name} on ${host.name} is active since ${unit.startedAt}, and no ${program} runs there`,
        shows: [shown(host.units, `systemctl show ${unit.name}`, `active (running) since ${unit.startedAt}`)],
        next:
          `on ${host.name}: systemctl status ${unit.name} shows what runs in it; hold the file that its ExecStart ` +
          'names, and its drop-ins, against those of another host',
      },
    ];
  });

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
