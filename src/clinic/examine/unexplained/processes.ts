/** Programs stopped in the middle: systemd calls them active, their ports are open, and nobody answers there. */
import type { Chart } from '../../chart/chart.js';
import type { HostChart, ProcessSeen } from '../../chart/host-chart.js';
import { hostsOf } from '../../read/hosts.js';
import { shown } from '../../read/shown.js';
import type { Sign } from './sign.js';

export const processSigns = (chart: Chart): readonly Sign[] =>
  hostsOf(chart).flatMap(host =>
    chart.stopped?.includes(host.name) || 'missing' in host.processes
      ? []
      : onePerProgram(host.processes.value.filter(one => one.halted)).map(one => halted(host, one)),
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
