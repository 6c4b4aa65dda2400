import type { FoundOf, Refusal, Therapy } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { inNamespace } from '../../../read/api-objects.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { at, listAt } from '../../../read/yaml.js';
import { kubeletFlags } from '../../../therapies/kubelet-flags.js';
import { object } from '../../../therapies/object.js';
import { restoreAt } from '../../../therapies/restore.js';
import { isDnsLabel, isObjectName } from '../../../../spec/names.js';
import { quote } from '../../../../shell/sh.js';
import { type Controller, type Facts, nameOf, taint } from './facts.js';
import { idOf, type Resource, type ResourceId } from '../../../../model/resource.js';

export const therapy = (finding: FoundOf<Facts>, chart: Chart): Therapy | Refusal => {
  if (finding.variant === 'kept-away') return keptAway(finding.facts.controllers, chart);
  const name = finding.facts.node;
  const host = chart.hosts.get(finding.host);
  const outside = chart.spec?.components.kubelet.extraArgs['cloud-provider'] === 'external';
  // Somebody asked for a cloud in the cluster file: then its controller is missing, not the flag too much.
  if (!host || outside)
    return {
      refused: 'which cloud this is, and its credentials, are known only to its owner',
      advice: [
        'install the cloud controller manager of your cloud with a toleration for the taint',
        'or take cloud-provider from components.kubelet.extraArgs in the cluster file',
      ],
    };
  // Of all kubelets at once: one that differs from the others would be the next illness.
  const flag =
    finding.variant === 'leftover'
      ? []
      : nodesOf(chart)
          .filter(waits)
          .flatMap(one => withoutCloud(chart, one));
  const node = isObjectName(name) ? nodeIn(chart, name) : undefined;
  if (!node || (finding.variant !== 'leftover' && !flag.some(one => one.host === host.name)))
    return {
      refused: `where ${name} gets its flag from was not seen`,
      advice: [
        'take --cloud-provider=external from the kubelet and restart it',
        `then: kubectl taint node ${quote(name)} ${taint}-`,
      ],
    };
  const title =
    flag.length > 0
      ? `Let the kubelets run without a cloud (${[...new Set(flag.map(one => one.host))].join(', ')}), and take ` +
        `the taint of ${name} away`
      : `Take the taint of ${name} away`;
  return { title, risk: flag.length > 0 ? 'restart' : 'none', want: [...flag, untainted(node, flag.map(idOf))] };
};

const waits = (host: HostChart): boolean => flagsOf(host, 'kubelet').inForce?.get('cloud-provider') === 'external';

const withoutCloud = (chart: Chart, host: HostChart): readonly Resource[] =>
  isOurs(chart)
    ? restoreAt(chart, host.name, '/etc/systemd/system/kubelet.service')
    : kubeletFlags(host, { 'cloud-provider': null }, 'there is no cloud here');

/** All other taints stay. */
const untainted = (node: ApiObject, after: readonly ResourceId[]): Resource =>
  object(
    `/api/v1/nodes/${node.metadata.name}`,
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node.metadata.name },
      spec: { taints: listAt(node, 'spec', 'taints').filter(one => at(one, 'key') !== taint) },
    },
    { because: 'nobody else will take it away', exact: ['spec.taints'], create: false, after },
  );

const nodeIn = (chart: Chart, name: string): ApiObject | undefined => {
  const { nodes } = chart.api.objects;
  return nodes && 'value' in nodes ? nodes.value.find(one => one.metadata.name === name) : undefined;
};

function keptAway([first]: readonly Controller[], chart: Chart): Therapy | Refusal {
  const found = first && first.list !== 'pods' ? workload(first, chart) : undefined;
  if (!first || !found)
    return {
      refused: `${first ? nameOf(first) : 'the controller'} is a pod of its own, which cannot be changed`,
      advice: [`add to its manifest: tolerations: [{key: ${taint}, value: "true", effect: NoSchedule}]`],
    };
  const { list, namespace, name } = first;
  const tolerations = [
    ...listAt(found, 'spec', 'template', 'spec', 'tolerations'),
    { key: taint, operator: 'Exists', effect: 'NoSchedule' },
  ];
  return {
    title: `Let ${nameOf(first)} tolerate the taint that it shall take away`,
    risk: 'restart',
    want: [
      object(
        `/apis/apps/v1/namespaces/${namespace}/${list.split('.')[0]}/${name}`,
        {
          apiVersion: 'apps/v1',
          kind: list === 'deployments.apps' ? 'Deployment' : 'DaemonSet',
          metadata: { name, namespace },
          spec: { template: { spec: { tolerations } } },
        },
        { because: 'it must run on nodes that wait for it', create: false },
      ),
    ],
  };
}

const workload = ({ list, namespace, name }: Controller, chart: Chart): ApiObject | undefined => {
  const all = chart.api.objects[list];
  return all && 'value' in all && isDnsLabel(namespace) && isObjectName(name)
    ? all.value.find(one => inNamespace(one, namespace, name))
    : undefined;
};
