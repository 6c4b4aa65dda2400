/** Every component of every host, asked on the host itself, and the nodes where the API answers. */
import { ofClusterFile } from './clinic/own-cluster.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { type ApiStatus, askApi } from './status/ask-api.js';
import { askHosts, type HostsStatus } from './status/ask-hosts.js';
import { type Health, worstOf } from './status/component.js';
import { statusOfChart } from './status/of-chart.js';
import { tellRefused } from './build/lost.js';
import { begin, within } from './story.js';

export type Status = HostsStatus & ApiStatus;

export async function status(file: ClusterFile, ports: Ports): Promise<Status> {
  const story = begin(ports, file.warnings);
  if (file.spec.adopted)
    return statusOfChart(await ofClusterFile(story, file, [], { traffic: 'read-only' }), file.spec);
  return within(story, file, { purpose: 'look' }, async session => {
    tellRefused(session, story.emit);
    const [hosts, api] = await Promise.all([askHosts(session), askApi(session, ports.clock())]);
    return { ...hosts, ...api, whole: [...hosts.whole, ...api.whole] };
  });
}

/** What is unhealthy wins over what was not seen. */
export function verdictOf({ components, nodes, missing, api, whole, unseen }: Status): Health {
  const all = worstOf([...components, ...whole].map(row => row.health));
  if (all === 'ill' || api !== 'ok' || missing.length > 0 || nodes.some(node => !node.ready)) return 'ill';
  return unseen.length > 0 ? 'unknown' : all;
}
