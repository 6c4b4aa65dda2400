/** Everything that can be seen of a cluster, at one time: all hosts and the API side by side. */
import pLimit from 'p-limit';
import type { Chart } from '../../clinic/chart/chart.js';
import type { Connection } from '../../transport/connection.js';
import { type ApiWay, gatherApi } from './api.js';
import { gatherHost, type HostWays } from './host.js';
import { withNodes } from './nodes.js';
import { triedReports } from './reports.js';
import { measureTraffic, unmeasured } from './traffic.js';
import type { Subject } from './targets.js';

/** `read-only`: it was forbidden, which the report says. */
export type Traffic = 'measured' | 'read-only';

export interface GatherOptions {
  readonly hosts: readonly Subject[];
  readonly connections: (host: string) => Promise<Connection>;
  readonly api: () => Promise<readonly ApiWay[]>;
  readonly clock: () => Date;
  readonly endpointPort?: number;
  /** Hosts asked at the same time. Default 64. */
  readonly limit?: number;
  readonly also?: HostWays['also'];
  readonly more?: Pick<Chart, 'spec' | 'wanted' | 'stopped'>;
  /** Whether packets are sent along the data path. Without a default: who forgot it would call lost packets healthy. */
  readonly traffic: Traffic;
  /** Asks for more by the same ways, while the hosts are still connected. */
  readonly afterwards?: Afterwards;
}

export type Afterwards = (chart: Chart, ways: () => Promise<readonly ApiWay[]>) => Promise<void>;

/** Never rejects for the world's sake: what could not be seen is in the chart with its reason. */
export const gatherChart = async ({
  hosts,
  connections,
  api,
  clock,
  endpointPort,
  limit = 64,
  also,
  more,
  traffic,
  afterwards,
}: GatherOptions): Promise<Chart> => {
  const now = clock().toISOString();
  const turn = pLimit(limit);
  const [charts, seen] = await Promise.all([
    Promise.all(
      hosts.map(host =>
        turn(() =>
          gatherHost(host, {
            connection: () => connections(host.name),
            clock,
            all: hosts,
            ...(endpointPort !== undefined && { endpointPort }),
            ...(also && { also }),
          }),
        ),
      ),
    ),
    gatherApi(api, clock),
  ]);
  const chart = withNodes({ now, hosts: new Map(charts.map(host => [host.name, host])), api: seen, ...more });
  await afterwards?.(chart, api);
  if (hosts.length === 0) return chart;
  // After all else: hosts that are busy with answering lose packets that nothing else would lose.
  if (traffic !== 'measured') return { ...chart, traffic: unmeasured(clock()) };
  const reports = await triedReports(chart, api);
  return { ...chart, traffic: { ...(await measureTraffic(chart, { connections, clock, limit })), reports } };
};
