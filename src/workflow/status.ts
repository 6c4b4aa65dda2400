/** Every component of every host, asked on the host itself, and the nodes where the API answers. */
import { ofClusterFile } from './clinic/own-cluster.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { type ApiStatus, askApi } from './status/ask-api.js';
import { askHosts, type HostsStatus } from './status/ask-hosts.js';
import { type Health, worstOf } from './status/component.js';
import { statusOfChart } from './status/of-chart.js';
import { tellRefused } from './build/lost.js';
import { standingsOf } from './rotate/under-way.js';
import type { WholeRow } from './status/whole.js';
import type { Session } from '../engine/session.js';
import { begin, within } from './story.js';

export type Status = HostsStatus & ApiStatus;

export async function status(file: ClusterFile, ports: Ports): Promise<Status> {
  const story = begin(ports, file.warnings);
  if (file.spec.adopted)
    return statusOfChart(await ofClusterFile(story, file, [], { traffic: 'read-only' }), file.spec);
  return within(story, file, { purpose: 'look' }, async session => {
    tellRefused(session, story.emit);
    const [hosts, api, turning] = await Promise.all([
      askHosts(session),
      askApi(session, ports.clock()),
      underWay(session),
    ]);
    return { ...hosts, ...api, whole: [...hosts.whole, ...api.whole, ...turning] };
  });
}

/** A cluster between two phases is well, and nobody should forget that it is there. */
async function underWay(session: Session): Promise<readonly WholeRow[]> {
  const { rotations } = await standingsOf(session);
  return rotations
    .filter(({ stands }) => stands > 0)
    .map(({ name, stands, of, phase }) => ({
      what: `rotation of ${name}`,
      health: 'ok',
      says: `phase ${stands} of ${of} stands (${phase}); kw rotate ${name} goes on`,
    }));
}

/** What is unhealthy wins over what was not seen. */
export function verdictOf({ components, nodes, missing, api, whole, unseen }: Status): Health {
  const all = worstOf([...components, ...whole].map(row => row.health));
  if (all === 'ill' || api !== 'ok' || missing.length > 0 || nodes.some(node => !node.ready)) return 'ill';
  return unseen.length > 0 ? 'unknown' : all;
}
