import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { isOurs } from '../../../read/supervision.js';
import { at, listAt, type Tree } from '../../../read/yaml.js';
import { sh } from '../../../../shell/sh.js';
import { quotedObject } from '../../../read/quote.js';

type Key = 'node-role.kubernetes.io/control-plane' | 'node-role.kubernetes.io/master';
const keys: readonly Key[] = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

type Facts = {
  /** Nodes that are all taken by the role of a control plane, and pods (`namespace/name`) that wait for another one. */
  readonly 'only-control-planes': {
    readonly key: Key;
    readonly nodes: readonly string[];
    readonly waiting: readonly string[];
  };
  /** A DaemonSet that tolerates the old name of the role, where nodes have the new one. */
  readonly 'old-toleration': {
    readonly namespace: string;
    readonly daemonSet: string;
    readonly nodes: readonly string[];
  };
};

export default defineCase<Facts>({
  id: 'no-node-tolerated',
  precedence: 565,
  title: 'Pods wait for a node without the taint of control planes',
  variants: {
    'only-control-planes': {
      means: 'every node is a control plane with its taint, and pods that do not tolerate it wait',
      says: ({ facts: { key, nodes, waiting } }) =>
        `all ${nodes.length} nodes (${nodes.slice(0, 5).join(', ')}) carry the taint ${key}, and ` +
        `${waiting.length} pods that do not tolerate it wait (${waiting.slice(0, 3).join(', ')})`,
      shows: ({ facts: { key, nodes, waiting } }) => [
        quotedObject('nodes', nodes.slice(0, 5).join(', '), `taint ${key}`),
        ...waiting.slice(0, 1).map(pod => quotedObject('pods', pod, 'Pending: it does not tolerate it')),
      ],
    },
    'old-toleration': {
      means: 'a DaemonSet tolerates the taint of masters, and control planes have the one of control planes since 1.24',
      says: ({ facts: { namespace, daemonSet, nodes } }) =>
        `DaemonSet ${namespace}/${daemonSet} tolerates ${keys[1]}, but ${nodes.slice(0, 5).join(', ')} have ` +
        `the taint ${keys[0]}: it runs no pod there`,
      shows: ({ facts }) => [
        quotedObject('daemonsets.apps', `${facts.namespace}/${facts.daemonSet}`, `tolerations: ${keys[1]}`),
      ],
    },
  },
  told: [
    ['taint', 'control-plane', 'pending'],
    ['control-plane', 'pending', 'pods'],
  ],
  symptoms: [
    { text: /untolerated taint \{node-role\.kubernetes\.io\/(?:control-plane|master):? ?\}/ },
    { text: /had taint \{node-role\.kubernetes\.io\/(?:control-plane|master):? ?\}, that the pod didn't tolerate/ },
    {
      text: /\b\d{1,9} node\(s\) had (?:untolerated )?taints?(?! ?\{node\.(?:kubernetes|cloudprovider))/,
      benign: 'of other nodes, while one is left for the pod',
    },
  ],
  about: [{ who: 'scheduler', how: 'not-tolerated' }],
  explains: ['webhook-deadlock/no-endpoints', 'cluster-dns-missing'],
  lab: true,
  sources: ['kubernetes.io, Creating a cluster with kubeadm: Control plane node isolation', 'kubernetes/kubeadm#2200'],
  badCures: [
    {
      cure: 'tolerations: [{operator: Exists}] for every workload',
      why: 'it then stays on nodes that are not ready, under pressure of memory, or being drained',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const nodes = objectsSeen(evidence, chart, 'nodes');
    if (!nodes) return evidence.verdict([]);
    return evidence.verdict([...onlyControlPlanes(chart, nodes, evidence), ...oldTolerations(chart, nodes, evidence)]);
  },

  therapy: (finding, chart) =>
    finding.variant === 'old-toleration'
      ? {
          refused: 'the DaemonSet belongs to whoever installed it, and would be set back by the next release of it',
          advice: [
            `${sh`kubectl -n ${finding.facts.namespace} edit daemonset ${finding.facts.daemonSet}`}: ` +
              `tolerate ${keys[0]} too, as its newer releases do`,
            'both tolerations may stand beside each other',
          ],
        }
      : {
          refused: 'whether pods of everybody may run beside the control plane is its owner’s decision',
          advice: [
            'add a worker: that is what the taint is for',
            isOurs(chart)
              ? 'or let control planes be workers too (roles: [etcd, controlPlane, worker] in the cluster file): kw up'
              : `or, on a cluster of a few hosts: kubectl taint nodes --all ${finding.facts.key}-`,
          ],
        },

  verify: finding => [
    {
      host: 'cluster',
      command:
        'kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints; ' +
        'kubectl get pods -A --field-selector status.phase=Pending',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'a node without that taint, and no pod that has waited for minutes',
    },
  ],
});

const taintOf = (node: ApiObject): Key | undefined =>
  keys.find(key =>
    listAt(node, 'spec', 'taints').some(
      one => at(one, 'key') === key && ['NoSchedule', 'NoExecute'].includes(String(at(one, 'effect'))),
    ),
  );

function onlyControlPlanes(
  chart: Chart,
  nodes: readonly ApiObject[],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const tainted = nodes.map(taintOf);
  const [key] = tainted;
  if (key === undefined || tainted.includes(undefined)) return [];
  const waiting = (objectsSeen(evidence, chart, 'pods') ?? []).filter(
    pod => at(pod, 'status', 'phase') === 'Pending' && at(pod, 'spec', 'nodeName') === undefined && isRefused(pod),
  );
  const [first] = waiting;
  return first
    ? [
        {
          variant: 'only-control-planes',
          host: 'cluster',
          subject: { taint: key },
          facts: {
            key,
            nodes: nodes.map(one => one.metadata.name),
            waiting: waiting.map(one => `${one.metadata.namespace}/${one.metadata.name}`),
          },
        },
      ]
    : [];
}

/** The scheduler says that it found no node, and the pod tolerates neither name of the role. */
const isRefused = (pod: ApiObject): boolean =>
  listAt(pod, 'status', 'conditions').some(
    one => at(one, 'type') === 'PodScheduled' && at(one, 'status') === 'False' && at(one, 'reason') === 'Unschedulable',
  ) && !keys.some(key => tolerates(listAt(pod, 'spec', 'tolerations'), key));

/** A toleration without a key and with operator Exists takes every taint. */
const tolerates = (tolerations: readonly Tree[], key: Key): boolean =>
  tolerations.some(one => at(one, 'key') === key || (at(one, 'key') === undefined && at(one, 'operator') === 'Exists'));

function oldTolerations(
  chart: Chart,
  nodes: readonly ApiObject[],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const [now, before] = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'] as const;
  // A node that has both is tolerated for one of them at most, and one of them is enough to refuse.
  const tainted = nodes.filter(node => taintOf(node) === now).map(one => one.metadata.name);
  if (tainted.length === 0) return [];
  return (objectsSeen(evidence, chart, 'daemonsets.apps') ?? []).flatMap(set => {
    const tolerations = listAt(set, 'spec', 'template', 'spec', 'tolerations');
    if (!tolerates(tolerations, before) || tolerates(tolerations, now)) return [];
    const { namespace = '', name: daemonSet } = set.metadata;
    const whole = `${namespace}/${daemonSet}`;
    return [
      {
        variant: 'old-toleration' as const,
        host: 'cluster',
        subject: { daemonSet: whole },
        facts: { namespace, daemonSet, nodes: tainted },
      },
    ];
  });
}
