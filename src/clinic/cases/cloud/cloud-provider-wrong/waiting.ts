/** Objects that only a cloud could serve, in a cluster that has none. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt } from '../../../read/yaml.js';
import type { FoundOf } from '../../../case.js';
import type { Facts } from './facts.js';
import { providers } from './flags.js';
import { pattern } from '../../../../model/pattern.js';

/** Who serves LoadBalancers or disks besides the components' own loops: by the names of their workloads. */
const servers = pattern(
  /metallb|kube-vip|cloud-controller|cloud-provider|ccm|klipper|svclb|servicelb|openelb|porter|purelb/,
  /|loadbalancer|load-balancer|cilium|loxilb|ingress-controller/,
);

export const waiting = (chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] => {
  const workloads = ['deployments.apps', 'daemonsets.apps'].map(list => objectsSeen(evidence, chart, list));
  const pods = objectsSeen(evidence, chart, 'pods');
  const [services, claims] = ['services', 'persistentvolumeclaims'].map(list => objectsSeen(evidence, chart, list));
  if (workloads.includes(undefined) || !pods) return [];
  const helper = [...workloads.flatMap(list => list ?? []), ...pods].find(
    one => servers.test(one.metadata.name) || servers.test(one.metadata.namespace ?? ''),
  );
  if (helper || providers(chart, evidence).some(one => one.provider !== '')) return [];
  return [
    ...(services ?? [])
      .filter(
        one =>
          isOld(one, chart) &&
          at(one, 'spec', 'type') === 'LoadBalancer' &&
          !at(one, 'spec', 'loadBalancerClass') &&
          listAt(one, 'spec', 'externalIPs').length === 0 &&
          listAt(one, 'status', 'loadBalancer', 'ingress').length === 0,
      )
      .map((one): FoundOf<Facts> => ({ variant: 'service-waits', ...found(one), facts: waits(one) })),
    ...(claims ?? []).flatMap((one): readonly FoundOf<Facts>[] => {
      const provisioner = cloudDisk(one);
      return isOld(one, chart) && at(one, 'status', 'phase') === 'Pending' && provisioner !== undefined
        ? [
            {
              variant: 'volume-waits',
              ...found(one),
              facts: { ...waits(one), provisioner },
            },
          ]
        : [];
    }),
  ];
};

const graceMs = 5 * 60_000;
const isOld = (one: ApiObject, chart: Chart): boolean =>
  Date.parse(chart.now) - Date.parse(one.metadata.creationTimestamp ?? chart.now) > graceMs;

const cloudDisk = (claim: ApiObject): string | undefined => {
  const notes = claim.metadata.annotations ?? {};
  const name =
    notes['volume.beta.kubernetes.io/storage-provisioner'] ?? notes['volume.kubernetes.io/storage-provisioner'] ?? '';
  return /^kubernetes\.io\/(aws-ebs|gce-pd|azure-disk|azure-file|cinder|vsphere-volume)$/.test(name) ? name : undefined;
};

const waits = (one: ApiObject): Facts['service-waits'] => ({
  namespace: one.metadata.namespace ?? 'default',
  name: one.metadata.name,
  since: one.metadata.creationTimestamp ?? '',
  object: { type: at(one, 'spec', 'type'), status: one.status ?? {} },
});

const found = (one: ApiObject) => ({
  host: 'cluster',
  subject: { object: fullName(one) },
});
