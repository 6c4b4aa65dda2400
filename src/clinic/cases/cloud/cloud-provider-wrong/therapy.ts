import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { kubeletFlags } from '../../../therapies/kubelet-flags.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Finding } from '../../../examine/verdict.js';
import type { Resource } from '../../../../model/resource.js';

const advice: Readonly<Record<string, readonly string[]>> = {
  'service-waits': [
    'install a server of LoadBalancers (MetalLB, kube-vip) or the cloud controller manager of your cloud',
    'or reach the Service by its NodePort: kubectl patch service NAME -p \'{"spec":{"type":"NodePort"}}\'',
  ],
  'volume-waits': [
    'install the CSI driver of your storage and make a StorageClass of it',
    'delete the claim and make it again with that class: the class of a claim cannot be changed',
  ],
  default: [
    'install the cloud controller manager and the CSI driver of your cloud first, then set --cloud-provider=external on every kubelet',
    'on machines without a cloud take the flag away from all components',
  ],
};

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const want = resources(finding, chart);
  return want.length > 0
    ? { title: `Give ${finding.subject} on ${finding.host} the cloud provider of the cluster`, risk: 'restart', want }
    : {
        refused: finding.variant.endsWith('-waits')
          ? 'what shall serve it is for the owner to choose'
          : 'which cloud this cluster is meant for is not known from here',
        advice: advice[finding.variant] ?? advice.default ?? [],
      };
};

/** The blueprint knows what is meant. Of another builder's cluster only the odd one out is known to be wrong, and a name that is none. */
const resources = (finding: Finding, chart: Chart): readonly Resource[] => {
  const host = chart.hosts.get(finding.host);
  if (!host) return [];
  if (layout(chart) === 'kubewizard')
    return restoreAt(chart, host.name, `/etc/systemd/system/${finding.subject}.service`);
  const others = hostsOf(chart)
    .filter(one => one !== host)
    .map(one => flagsOf(one, finding.subject).inForce)
    .filter(one => one !== undefined)
    .map(one => one.get('cloud-provider') ?? '');
  const [agreed, ...rest] = [...new Set(others)];
  const mine = flagsOf(host, finding.subject).inForce?.get('cloud-provider') ?? '';
  if (
    agreed === undefined ||
    rest.length > 0 ||
    agreed === mine ||
    finding.variant === 'gone' ||
    finding.variant === 'configuration'
  )
    return [];
  const flags = { 'cloud-provider': agreed === '' ? null : agreed, ...(agreed === '' ? { 'cloud-config': null } : {}) };
  return finding.subject === 'kubelet'
    ? kubeletFlags(host, flags, 'as on the other hosts')
    : flagSet(host, finding.subject, flags, 'as on the other hosts');
};
