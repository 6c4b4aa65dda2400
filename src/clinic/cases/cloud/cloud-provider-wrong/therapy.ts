import type { FoundOf, Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { flagsOf } from '../../../read/flags.js';
import { deciding } from '../../../read/deciding.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletFlags } from '../../../therapies/kubelet-flags.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { isDnsLabel } from '../../../../spec/names.js';
import type { Facts, Flagged } from './facts.js';
import type { Resource } from '../../../../model/resource.js';

const advice = {
  'service-waits': [
    'install a server of LoadBalancers (MetalLB, kube-vip) or the cloud controller manager of your cloud',
    'or reach the Service by its NodePort: kubectl patch service NAME -p \'{"spec":{"type":"NodePort"}}\'',
  ],
  'volume-waits': [
    'install the CSI driver of your storage and make a StorageClass of it',
    'delete the claim and make it again with that class: the class of a claim cannot be changed',
  ],
  flag: [
    'install the cloud controller manager and the CSI driver of your cloud first, then set ' +
      '--cloud-provider=external on every kubelet',
    'on machines without a cloud take the flag away from all components',
  ],
};

export const therapy = (finding: FoundOf<Facts>, chart: Chart): Therapy | Refusal => {
  if (finding.variant === 'service-waits' || finding.variant === 'volume-waits')
    return { refused: 'what shall serve it is for the owner to choose', advice: advice[finding.variant] };
  const want = resources(finding, chart);
  const title = `Give ${finding.facts.program} on ${finding.host} the cloud provider of the cluster`;
  return want.length > 0
    ? { title, risk: 'restart', want }
    : { refused: 'which cloud this cluster is meant for is not known from here', advice: advice.flag };
};

/**
 * The blueprint knows what is meant. Of another builder's cluster only the odd one out is known to be wrong, and a name
 * that is none.
 */
const resources = (
  { host: name, variant, facts: { program, provider } }: Flagged,
  chart: Chart,
): readonly Resource[] => {
  const host = chart.hosts.get(name);
  if (!host) return [];
  if (isOurs(chart)) return restoreAt(chart, host.name, `/etc/systemd/system/${program}.service`);
  if (variant === 'gone' || variant === 'configuration') return [];
  const others = deciding(chart, host, one => {
    const flags = flagsOf(one, program).inForce;
    return flags && (flags.get('cloud-provider') ?? '');
  }).map(([, value]) => value);
  const [agreed, ...rest] = [...new Set(others)];
  if (agreed === undefined || rest.length > 0 || agreed === provider || !(agreed === '' || isDnsLabel(agreed)))
    return [];
  const flags = { 'cloud-provider': agreed === '' ? null : agreed, ...(agreed === '' ? { 'cloud-config': null } : {}) };
  return program === 'kubelet'
    ? kubeletFlags(host, flags, 'as on the other hosts')
    : flagSet(host, program, flags, 'as on the other hosts');
};
