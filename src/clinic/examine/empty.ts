/** Evidence that is empty where it cannot be: it was not seen, and nothing may be called absent by it. */
import type { Evidence } from '../../model/fact.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { hostsOf } from '../read/hosts.js';

export const withoutEmpty = (chart: Chart): Chart => {
  const found = known.get(chart) ?? emptied(chart);
  known.set(chart, found);
  return found;
};

const known = new WeakMap<Chart, Chart>();

const emptied = (chart: Chart): Chart => {
  const changed = hostsOf(chart).flatMap(host => {
    const seen = seenOf(host);
    return seen === host ? [] : [[host.name, seen] as const];
  });
  return changed.length === 0 ? chart : { ...chart, hosts: new Map([...chart.hosts, ...changed]) };
};

const gone = <T>({ host, source, at }: Evidence<T>, missing: string): Evidence<T> => ({
  host,
  source,
  at,
  missing,
  kind: 'not-collected',
});

const isEmpty = (evidence: Evidence): boolean =>
  'value' in evidence && (Array.isArray(evidence.value) ? evidence.value.length === 0 : noEntry(evidence.value));

const noEntry = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** A host on which something of the cluster runs has units, files, and logs with lines. */
const seenOf = (host: HostChart): HostChart => {
  const runs = 'value' in host.processes && host.processes.value.length > 0;
  const works = host.roles.length > 0;
  const mute = 'value' in host.logs && runs && Object.values(host.logs.value).every(lines => lines.length === 0);
  const parts: Partial<HostChart> = {
    ...(mute && { logs: gone(host.logs, 'no journal and no container has a line, though components run') }),
    ...(works &&
      isEmpty(host.files) && { files: gone(host.files, 'no file was gathered, though the host has a role') }),
    ...(works && isEmpty(host.sysctls) && { sysctls: gone(host.sysctls, 'not one kernel setting was gathered') }),
  };
  return Object.keys(parts).length === 0 ? host : { ...host, ...parts };
};
