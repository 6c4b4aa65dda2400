/** Somebody else who upgrades this cluster would undo, or cross, what is done here. */
import { objectsSeen } from '../../clinic/read/api-objects.js';
import { found, hit, type Rule } from './finding.js';

/** By the annotation or label that their nodes carry. */
const builders: readonly (readonly [prefix: string, name: string])[] = [
  ['cluster.x-k8s.io/', 'Cluster API'],
  ['k3s.io/', 'k3s or RKE2'],
  ['rke.cattle.io/', 'Rancher'],
  ['node.gardener.cloud/', 'Gardener'],
  ['kops.k8s.io/', 'kOps'],
  ['node.k0sproject.io/', 'k0s'],
  ['eks.amazonaws.com/', 'Amazon EKS'],
  ['cloud.google.com/gke-', 'Google GKE'],
  ['kubernetes.azure.com/', 'Azure AKS'],
  ['talos.dev/', 'Talos'],
];

export const ownerRule: Rule = ({ chart, seen }, reader) => {
  const nodes = objectsSeen(reader, chart, 'nodes') ?? [];
  const plans = (reader.read(seen.customResources) ?? []).filter(one => one.name === 'plans.upgrade.cattle.io');
  return [
    ...builders.flatMap(([prefix, name]) =>
      found(
        'other-owner',
        'blocker',
        nodes
          .filter(({ metadata: { labels = {}, annotations = {} } }) =>
            [...Object.keys(labels), ...Object.keys(annotations)].some(key => key.startsWith(prefix)),
          )
          .map(node => hit('node', node.metadata.name, prefix)),
        { why: `${name} owns these nodes, and would undo the upgrade.`, next: `Upgrade with ${name}.` },
      ),
    ),
    ...found(
      'other-owner',
      'warning',
      plans.map(one => hit('object', `CustomResourceDefinition ${one.name}`)),
      {
        why: 'The system-upgrade-controller is here: a Plan of it may upgrade nodes at the same time.',
        next: 'Delete its Plans before: kubectl get plans.upgrade.cattle.io -A.',
      },
    ),
  ];
};
