/**
 * Which cluster a chart is of: the CAs that its control planes trust, and the UID that its API gave. A worker's word
 * does not count.
 */
import type { ClusterIdentity } from '../../model/identity.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { authorityPaths } from './authority.js';

export const identityOf = (chart: Chart): ClusterIdentity => {
  const { namespaces } = chart.api.objects;
  const uid =
    namespaces && 'value' in namespaces
      ? namespaces.value.find(one => one.metadata.name === 'kube-system')?.metadata.uid
      : undefined;
  const keepers = [...chart.hosts.values()].filter(host =>
    host.roles.some(role => role === 'controlPlane' || role === 'etcd'),
  );
  return {
    authorities: [...new Set(keepers.flatMap(trustedBy))].sort(),
    ...(typeof uid === 'string' && { uid }),
  };
};

const trustedBy = ({ certificates, kubeconfigs }: HostChart): readonly string[] => [
  ...('value' in certificates
    ? certificates.value.filter(one => one.path === authorityPaths.ca).flatMap(one => one.certificates)
    : []
  ).map(one => one.fingerprint),
  ...('value' in kubeconfigs ? kubeconfigs.value.flatMap(one => one.ca) : []).map(one => one.fingerprint),
];
