import type { ClusterSpec } from '../model/cluster.js';
import type { Member } from '../model/plan.js';
import type { Resource } from '../model/resource.js';
import { isRunner, type Tier, tierOf } from './disruption.js';

/** Where nobody said what the hosts are, their resources say it. */
export function membersOf(resources: readonly Resource[]): readonly Member[] {
  const found = new Map<string, Set<Tier>>();
  for (const resource of resources) {
    if (!isRunner(resource)) continue;
    const here = found.get(resource.host) ?? new Set();
    found.set(resource.host, here.add(tierOf(resource)));
  }
  return [...found].map(([host, here]) => ({
    host,
    etcd: here.has('etcd'),
    api: here.has('api'),
    node: here.has('node'),
    seen: true,
  }));
}

const zoneLabel = 'topology.kubernetes.io/zone';

export const membersIn = (spec: Pick<ClusterSpec, 'hosts'>, seen: (host: string) => boolean): readonly Member[] =>
  spec.hosts.map(({ name, roles, labels }) => {
    const zone = labels[zoneLabel];
    const api = roles.includes('controlPlane');
    const node = api || roles.includes('worker');
    const is = { host: name, etcd: roles.includes('etcd'), api, node, seen: seen(name) };
    return zone === undefined ? is : { ...is, zone };
  });
