/** What the cluster can lose and go on, by its file; and the next step towards losing more. */
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import type { WholeRow } from './whole.js';

/** No illness: a cluster of one control plane is what its owner wrote. */
export function availability(spec: ClusterSpec): WholeRow {
  const etcd = withRole(spec, 'etcd').map(host => host.name);
  const planes = withRole(spec, 'controlPlane').map(host => host.name);
  const spare = Math.floor((etcd.length - 1) / 2);
  const may = Math.min(spare, planes.length - 1);
  const says =
    may > 0
      ? `any ${may} of ${planes.length} control planes may be lost${spare === may ? '' : ` (of etcd: ${spare})`}`
      : `not highly available: ${[...losses(etcd, planes), wayOn(etcd, planes)].join('; ')}`;
  return { what: 'availability', health: 'ok', says };
}

const losses = (etcd: readonly string[], planes: readonly string[]): readonly string[] => [
  ...(etcd.length < 3 ? [`without ${etcd.join(' or ')} there is no etcd, and without a snapshot no cluster`] : []),
  ...(planes.length === 1 && !(etcd.length < 3 && etcd.includes(planes[0] ?? ''))
    ? [`without ${planes[0]} there is no API`]
    : []),
];

/** Members are not added to a living etcd by a file: hosts with the role controlPlane alone make the API safer. */
const wayOn = (etcd: readonly string[], planes: readonly string[]): string => {
  const more = 'add two hosts with roles: [controlPlane] and an endpoint that all of them answer (virtual-address)';
  if (etcd.length >= 3) return more;
  const api = planes.length === 1 ? `for the API ${more}; ` : '';
  return `${api}etcd stays on one host until the cluster is built anew with three: keep snapshots elsewhere`;
};
