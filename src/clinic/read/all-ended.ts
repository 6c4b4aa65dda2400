/** Nobody lets anybody in any more: cures one by one would wake controllers while nodes are silent. */
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import type { Refusal } from '../case.js';
import { hostsOf } from './hosts.js';
import { certificatesInUse, kubeconfigsInUse } from './in-use.js';
import { isOurs } from './supervision.js';

/** As many at least are seen of a control plane: one that shows a single certificate proves nothing of the rest. */
const least = 4;

/** Of a cluster of ours, on every control plane: all leaves that its programs use. */
export const allEnded = (chart: Chart): boolean => {
  const planes = isOurs(chart) ? hostsOf(chart, 'controlPlane') : [];
  return (
    planes.length > 0 &&
    planes.map(leavesOf).every(leaves => leaves.length >= least && leaves.every(one => one.notAfter < chart.now))
  );
};

const leavesOf = (host: HostChart) => {
  const files = 'value' in host.certificates ? host.certificates.value : [];
  const configs = 'value' in host.kubeconfigs ? host.kubeconfigs.value : [];
  const paths = new Set(certificatesInUse(host).flatMap(use => ('key' in use ? [use.path] : [])));
  const used = new Set(kubeconfigsInUse(host).flatMap(use => (use.program === 'kubectl' ? [] : [use.path])));
  return [
    ...files.filter(({ path }) => paths.has(path)).flatMap(({ certificates }) => certificates.slice(0, 1)),
    ...configs.filter(({ path }) => used.has(path)).flatMap(({ client }) => client.slice(0, 1)),
  ];
};

/** What is said instead of a cure for each. */
export const reviveFirst: Refusal = {
  refused:
    'every certificate of the control planes has ended: signed again one by one, controllers would wake before the ' +
    'nodes can report, and take their pods away',
  advice: ['kw revive'],
};
