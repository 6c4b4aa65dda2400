/**
 * Whose word on what is the same on all hosts may be written to another one. A single worker's is nobody's: it may be
 * the one in foreign hands.
 */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { controls, hostsOf } from './hosts.js';

/** What control planes say; where none says anything, what all others say if there are two at least; else nothing. */
export const deciding = <T>(
  chart: Chart,
  host: HostChart,
  of: (other: HostChart) => T | undefined,
): readonly (readonly [by: HostChart, message: T])[] => {
  const values = hostsOf(chart).flatMap(other => {
    const value = other === host ? undefined : of(other);
    return value === undefined ? [] : [[other, value] as const];
  });
  const servers = values.filter(([other]) => controls(other));
  if (servers.length > 0) return servers;
  return values.length > 1 ? values : [];
};
