/** Objects that only a cloud could serve, in a cluster that has none. */
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen, shownObject } from '../../../read/api-objects.js';
import type { Eyes } from '../../../read/eyes.js';
import { at, listAt } from '../../../read/yaml.js';
import type { Finding } from '../../../examine/verdict.js';
import { providers } from './flags.js';

/** Who serves LoadBalancers or disks besides the components' own loops: by the names of their workloads. */
const servers =
  /metallb|kube-vip|cloud-controller|cloud-provider|ccm|klipper|svclb|servicelb|openelb|porter|purelb|loadbalancer|load-balancer|cilium|loxilb|ingress-controller/;

export const waiting = (chart: Chart, eyes: Eyes): readonly Finding[] => {
  const workloads = ['deployments.apps', 'daemonsets.apps'].map(list => objectsSeen(eyes, chart, list));
  const pods = objectsSeen(eyes, chart, 'pods');
  const [services, claims] = ['services', 'persistentvolumeclaims'].map(list => objectsSeen(eyes, chart, list));
  if (workloads.includes(undefined) || !pods) return [];
  const helper = [...workloads.flatMap(list => list ?? []), ...pods].find(
    one => servers.test(one.metadata.name) || servers.test(one.metadata.namespace ?? ''),
  );
  if (helper || providers(chart, eyes).some(one => one.provider !== '')) return [];
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
      .map(one =>
        finding(
          chart,
          'service-waits',
          'services',
          one,
          `the Service ${fullName(one)} is of type LoadBalancer and has waited for an address since ${one.metadata.creationTimestamp}, but no component has a cloud provider and nothing else here serves such Services`,
        ),
      ),
    ...(claims ?? [])
      .filter(one => isOld(one, chart) && at(one, 'status', 'phase') === 'Pending' && cloudDisk(one) !== undefined)
      .map(one =>
        finding(
          chart,
          'volume-waits',
          'persistentvolumeclaims',
          one,
          `the claim ${fullName(one)} has waited since ${one.metadata.creationTimestamp} for ${cloudDisk(one)}, but no component has a cloud provider`,
        ),
      ),
  ];
};

const patienceMs = 5 * 60_000;
const isOld = (one: ApiObject, chart: Chart): boolean =>
  Date.parse(chart.now) - Date.parse(one.metadata.creationTimestamp ?? chart.now) > patienceMs;

const cloudDisk = (claim: ApiObject): string | undefined => {
  const notes = claim.metadata.annotations ?? {};
  const name =
    notes['volume.beta.kubernetes.io/storage-provisioner'] ?? notes['volume.kubernetes.io/storage-provisioner'] ?? '';
  return /^kubernetes\.io\/(aws-ebs|gce-pd|azure-disk|azure-file|cinder|vsphere-volume)$/.test(name) ? name : undefined;
};

const finding = (chart: Chart, variant: string, list: string, one: ApiObject, says: string): Finding => ({
  variant,
  host: 'cluster',
  subject: fullName(one),
  says,
  shows: [
    shownObject(
      chart,
      list,
      fullName(one),
      JSON.stringify({ type: at(one, 'spec', 'type'), status: one.status ?? {} }),
    ),
  ],
});
