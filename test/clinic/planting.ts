/** How a broken sign is put into a chart: on a host, or into a list of the API. */
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';

export interface Planted {
  readonly chart: Chart;
  /** Who must be named: a host, or `cluster`. */
  readonly host: string;
  /** A word that the subject must hold. */
  readonly thing: string;
}

export type Plant = readonly [name: string, plant: (chart: Chart, pick: <T>(all: readonly T[]) => T) => Planted];

// biome-ignore lint/suspicious/noExplicitAny: API objects are open trees
export type Tree = any;
export type Section =
  | 'units'
  | 'processes'
  | 'health'
  | 'logs'
  | 'etcd'
  | 'served'
  | 'listening'
  | 'certificates'
  | 'network';

export const ago = (chart: Chart, seconds: number): string =>
  new Date(Date.parse(chart.now) - seconds * 1000).toISOString();

export const hosts = (chart: Chart, role?: string): readonly HostChart[] =>
  [...chart.hosts.values()].filter(
    host =>
      host.roles.some(one => (role === undefined ? one !== 'control machine' : one === role)) &&
      !chart.stopped?.includes(host.name),
  );

export const inHost = (chart: Chart, host: HostChart, section: Section, change: (value: Tree) => Tree): Chart => {
  const seen = host[section] as Tree;
  const value =
    'value' in seen
      ? seen.value
      : ['units', 'processes', 'served', 'listening', 'certificates'].includes(section)
        ? []
        : {};
  const { missing: _, kind: __, ...rest } = seen;
  const hosts = new Map(chart.hosts).set(host.name, { ...host, [section]: { ...rest, value: change(value) } });
  return { ...chart, hosts };
};

export const inList = (chart: Chart, list: string, change: (all: readonly Tree[]) => readonly Tree[]): Chart => {
  const seen = chart.api.objects[list] as Tree;
  const value = change(seen && 'value' in seen ? seen.value : []);
  return {
    ...chart,
    api: {
      ...chart.api,
      objects: { ...chart.api.objects, [list]: { host: 'cluster', source: list, at: chart.now, value } },
    },
  };
};

export const nodesOf = (chart: Chart): readonly HostChart[] =>
  hosts(chart).filter(host => host.roles.some(role => role === 'controlPlane' || role === 'worker'));
