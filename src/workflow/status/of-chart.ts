/** Status of a cluster that others built: its components are static pods and containers, so processes are asked. */
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { type ClusterSpec, nodes as nodesOf, withRole } from '../../model/cluster.js';
import { type Component, componentsOf } from '../../model/components.js';
import { type ApiStatus, type NodeObject, nodeRow } from './ask-api.js';
import type { ComponentRow, HostsStatus } from './ask-hosts.js';
import { healthOf } from './component.js';
import { quorum } from './whole.js';

export function statusOfChart(chart: Chart, spec: ClusterSpec): HostsStatus & ApiStatus {
  const unseen = [...chart.hosts.values()].flatMap(({ name, processes }) =>
    'missing' in processes ? [{ host: name, why: processes.missing }] : [],
  );
  const components = spec.hosts.flatMap(host => {
    const seen = chart.hosts.get(host.name);
    return seen && 'value' in seen.processes ? componentsOf(host).flatMap(one => rowOf(chart, seen, one)) : [];
  });
  const etcd = withRole(spec, 'etcd').map(
    ({ name }) => [name, components.find(row => row.host === name && row.unit === 'etcd')?.health] as const,
  );
  const api = ofApi(chart, spec);
  return { ...api, components, unseen, whole: [quorum(new Map(etcd))] };
}

/** [] of what its builder leaves out: some networks do the work of kube-proxy, other runtimes that of containerd. */
function rowOf(chart: Chart, host: HostChart, component: Component): readonly ComponentRow[] {
  const { program } = component;
  const running = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  const optional = program === 'kube-proxy' || program === 'containerd';
  if (!running && optional && flagsOf(host, program).source === undefined) return [];
  const answer = running && answerOf(host, component);
  const since = (Date.parse(chart.now) - Date.parse(running?.startedAt ?? '')) / 1000;
  const unit = 'value' in host.units ? host.units.value.find(({ name }) => name === `${program}.service`) : undefined;
  const seen = {
    unit: program,
    active: running ? 'active' : 'inactive',
    sub: running ? 'running' : 'not running',
    restarts: unit?.restarts ?? 0,
    ...(Number.isFinite(since) && { since: Math.max(0, Math.round(since)) }),
    ...(answer !== undefined && { answer }),
  };
  return [{ ...seen, host: host.name, health: healthOf(seen) }];
}

/** undefined: it has no health address; '': nobody could ask. */
function answerOf(host: HostChart, { health }: Component): string | undefined {
  if (!health) return undefined;
  const answers = 'value' in host.health ? host.health.value : {};
  const found = Object.entries(answers).find(([url]) => url.includes(`:${health.port}${health.path}`))?.[1];
  if (found === undefined) return health.path === '/readyz' ? readyzOf(answers) : undefined;
  return found.startsWith('200') ? 'ok' : found;
}

/** Of an API server on a port of its own. */
const readyzOf = (answers: Readonly<Record<string, string>>): string => {
  const found = Object.entries(answers).find(([url]) => url.endsWith('/readyz?verbose'))?.[1] ?? '';
  return found.startsWith('200') ? 'ok' : found;
};

function ofApi({ api, now }: Chart, spec: ClusterSpec): ApiStatus {
  const seen = api.objects.nodes;
  if (!('value' in api.version) || !seen || !('value' in seen)) {
    const why = 'missing' in api.version ? api.version.missing : seen && 'missing' in seen ? seen.missing : 'not asked';
    return { api: why, nodes: [], missing: [], whole: [] };
  }
  const inFile = new Set(nodesOf(spec).map(({ name }) => name));
  const nodes = seen.value.map(one => nodeRow(one as NodeObject, inFile, new Date(now)));
  return { api: 'ok', nodes, missing: [...inFile].filter(name => !nodes.some(row => row.name === name)), whole: [] };
}
