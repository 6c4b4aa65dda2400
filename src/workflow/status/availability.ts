/** What the cluster can lose and go on: by its file, and by what answers now; and the next step towards losing more. */
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import type { Health } from './component.js';
import type { WholeRow } from './whole.js';

/** Of a host's `etcd.service` or `kube-apiserver.service`; undefined: the host could not be asked. */
export type HealthNow = (host: string, unit: string) => Health | undefined;

/** A cluster of one control plane is no illness: it is what its owner wrote. */
export function availability(spec: ClusterSpec, healthNow: HealthNow): WholeRow {
  const what = 'availability';
  const etcd = withRole(spec, 'etcd').map(host => host.name);
  const planes = withRole(spec, 'controlPlane').map(host => host.name);
  const spare = (well: number): number => well - (Math.floor(etcd.length / 2) + 1);
  if (Math.min(spare(etcd.length), planes.length - 1) <= 0)
    return {
      what,
      health: 'ok',
      says: `not highly available: ${[...losses(etcd, planes), wayOn(etcd, planes)].join('; ')}`,
    };
  const noEtcd = etcd.filter(host => healthNow(host, 'etcd.service') !== 'ok');
  const noApi = planes.filter(host => healthNow(host, 'kube-apiserver.service') !== 'ok');
  const members = spare(etcd.length - noEtcd.length);
  const may = Math.min(members, planes.length - noApi.length - 1);
  const who = [...new Set([...noEtcd, ...noApi])].join(', ');
  if (who === '') {
    const more = members === may ? '' : ` (of etcd: ${members})`;
    return { what, health: 'ok', says: `any ${may} of ${planes.length} control planes may be lost${more}` };
  }
  if (may > 0) return { what, health: 'ok', says: `${who} away or not seen: any ${may} more may be lost` };
  const ill =
    noEtcd.some(host => healthNow(host, 'etcd.service') === 'ill') ||
    noApi.some(host => healthNow(host, 'kube-apiserver.service') === 'ill');
  return {
    what,
    health: ill ? 'ill' : 'unknown',
    says: `${who} away or not seen: no other control plane may be lost until it answers again`,
  };
}

const losses = (etcd: readonly string[], planes: readonly string[]): readonly string[] => [
  ...(etcd.length < 3 ? [`without ${etcd.join(' or ')} there is no etcd, and without a snapshot no cluster`] : []),
  ...(planes.length === 1 && !(etcd.length < 3 && etcd.includes(planes[0] ?? ''))
    ? [`without ${planes[0]} there is no API`]
    : []),
];

/** What to write into the file; `kw up` lets hosts join a living etcd, one after another. */
const wayOn = (etcd: readonly string[], planes: readonly string[]): string => {
  const endpoint = planes.length === 1 ? ' and an endpoint that all of them answer (virtual-address)' : '';
  if (etcd.length >= 3) return `add two hosts with roles: [controlPlane]${endpoint}`;
  const more = etcd.length === 1 ? 'two more hosts' : 'one more host';
  return (
    `give ${more} the roles [etcd, controlPlane] in the cluster file${endpoint}: kw up lets them join etcd one after ` +
    'another; until then keep snapshots elsewhere'
  );
};
