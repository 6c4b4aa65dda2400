import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { at, listAt } from '../../../read/yaml.js';
import { quotedObject } from '../../../read/quote.js';

type Facts = {
  /** Names of nodes, cordoned or closed by a taint of their owner; pods (`namespace/name`) that wait. */
  readonly 'no-node': {
    readonly cordoned: readonly string[];
    readonly tainted: readonly string[];
    readonly waiting: readonly string[];
  };
  /** kubeadm's own pod, and why its image is not there. */
  readonly image: { readonly pod: string; readonly reason: string };
};

export default defineCase<Facts>({
  id: 'upgrade-health-check',
  precedence: 566,
  title: 'The health check of an upgrade has no node to run on',
  variants: {
    'no-node': {
      means: 'every node is cordoned, or closed by a taint: nothing new runs anywhere, kubeadm’s job among it',
      says: ({ facts: { cordoned, tainted, waiting } }) =>
        `no node takes a new pod: ${cordoned.slice(0, 5).join(', ')} ${cordoned.length === 1 ? 'is' : 'are'} cordoned` +
        `${tainted.length === 0 ? '' : `, ${tainted.slice(0, 5).join(', ')} closed by a taint`}` +
        `${waiting.length === 0 ? '' : `, and ${waiting.slice(0, 3).join(', ')} wait`}`,
      shows: ({ facts }) => [
        quotedObject('nodes', facts.cordoned.join(', '), 'spec.unschedulable: true'),
        ...facts.waiting.slice(0, 1).map(name => quotedObject('pods', name, 'PodScheduled: False, Unschedulable')),
      ],
    },
    image: {
      means: 'the pod of kubeadm’s health check waits for its image',
      says: ({ facts: { pod, reason } }) => `${pod}, kubeadm’s health check before an upgrade, waits: ${reason}`,
      shows: ({ facts }) => [quotedObject('pods', facts.pod, facts.reason)],
    },
  },
  told: [['kubeadm-upgrade', 'health-check-job']],
  symptoms: [
    { text: /\[ERROR CreateJob\]/ },
    { text: /upgrade-health-check/ },
    { text: /node\(s\) were unschedulable/, benign: 'of some nodes, while one is left for the pod' },
    { text: /did not complete in \d+s\b.{0,80}(?:client rate limiter|no condition of type Complete)/ },
  ],
  explains: ['webhook-deadlock/no-endpoints'],
  lab: true,
  sources: ['kubernetes/kubeadm#3050', 'kubernetes/kubeadm#2035'],
  badCures: [
    {
      cure: 'kubeadm upgrade apply --ignore-preflight-errors=CreateJob',
      why: 'the check says that no node takes a pod, and the upgrade is about to restart the pods that need one',
      text: /ignore-preflight-errors\S*(?:CreateJob|all)/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const [nodes, pods] = [objectsSeen(evidence, chart, 'nodes'), objectsSeen(evidence, chart, 'pods')];
    return evidence.verdict(
      nodes && pods ? [...closed(chart, nodes, pods), ...withoutImage(chart, pods, evidence)] : [],
    );
  },

  therapy: finding =>
    finding.variant === 'image'
      ? {
          refused: 'where an image comes from is the registry’s and its owner’s matter',
          advice: [
            'pull the image that the pod names by hand on its node: crictl pull IMAGE says what is in the way',
            'once it is there, run kubeadm upgrade apply again: it makes a new job',
          ],
        }
      : {
          refused: 'whoever cordoned the nodes may have had a reason: they are not opened behind their back',
          advice: [
            `kubectl uncordon ${finding.facts.cordoned[0] ?? 'NODE'}, and the others that shall take pods again`,
            'with one control plane: drain it for the kubelet’s upgrade, after kubeadm upgrade apply and not before',
          ],
        },

  verify: finding => [
    {
      host: 'cluster',
      command: 'kubectl get nodes; kubectl -n kube-system get jobs,pods -o wide | grep upgrade-health-check',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'a node that is Ready without SchedulingDisabled, and no pod of the check that waits',
    },
  ],
});

/** Of the cluster itself: the job tolerates the first two, the others are signs of other troubles. */
const usual = /^node-role\.kubernetes\.io\/(?:control-plane|master)$|^node\.kubernetes\.io\//;

const isCordoned = (node: ApiObject): boolean => at(node, 'spec', 'unschedulable') === true;
const isTainted = (node: ApiObject): boolean =>
  listAt(node, 'spec', 'taints').some(
    taint => ['NoSchedule', 'NoExecute'].includes(String(at(taint, 'effect'))) && !usual.test(String(at(taint, 'key'))),
  );

/** Nodes that only their owner’s taints close may be pools on purpose: one must have been cordoned. */
function closed(_chart: Chart, nodes: readonly ApiObject[], pods: readonly ApiObject[]): readonly FoundOf<Facts>[] {
  const cordoned = nodes.filter(isCordoned).map(one => one.metadata.name);
  const tainted = nodes.filter(one => !isCordoned(one) && isTainted(one)).map(one => one.metadata.name);
  if (cordoned.length === 0 || cordoned.length + tainted.length < nodes.length) return [];
  const waiting = pods.filter(isUnplaced).map(fullName);
  return [
    {
      variant: 'no-node',
      host: 'cluster',
      subject: { nodes: 'all' },
      facts: { cordoned, tainted, waiting },
    },
  ];
}

const isUnplaced = (pod: ApiObject): boolean =>
  at(pod, 'status', 'phase') === 'Pending' &&
  listAt(pod, 'status', 'conditions').some(
    one => at(one, 'type') === 'PodScheduled' && at(one, 'status') === 'False' && at(one, 'reason') === 'Unschedulable',
  );

const withoutImage = (_chart: Chart, pods: readonly ApiObject[], evidence: EvidenceReader): readonly FoundOf<Facts>[] =>
  pods.flatMap((pod): readonly FoundOf<Facts>[] => {
    if (pod.metadata.namespace !== 'kube-system' || !/^upgrade-health-check(?:-|$)/.test(pod.metadata.name)) return [];
    const states = listAt(pod, 'status', 'containerStatuses');
    if (at(pod, 'status') === undefined) evidence.note('cluster', fullName(pod), 'its status was not shown');
    const waiting = states
      .map(one => at(one, 'state', 'waiting'))
      .find(one =>
        /^(?:ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName)$/.test(String(at(one, 'reason'))),
      );
    if (waiting === undefined) return [];
    const reason = [at(waiting, 'reason'), at(waiting, 'message')].filter(Boolean).join(': ').slice(0, 300);
    return [
      {
        variant: 'image',
        host: 'cluster',
        subject: { pod: fullName(pod) },
        facts: { pod: fullName(pod), reason },
      },
    ];
  });
