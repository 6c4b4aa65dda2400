/**
 * Workloads of kube-system whose pods the API refuses: a quota, a policy, a webhook, an account that is gone. Pods that
 * nobody makes, or to which nobody gives a node: a controller or a scheduler that runs, and does not do its work.
 */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { listAt } from '../../read/yaml.js';
import { listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

const namespace = 'kube-system';
/** A controller tries again after at most some minutes; an older event may be over. */
const recentMs = 5 * 60_000;

/** Of other namespaces this is their owners' own limit. */
export const workloadSigns = (chart: Chart): readonly Sign[] => [
  ...listed(chart, 'deployments.apps').flatMap(deployment => {
    if (deployment.metadata.namespace !== namespace) return [];
    const failed = listAt(deployment, 'status', 'conditions').find(
      one => textAt(one, 'type') === 'ReplicaFailure' && textAt(one, 'status') === 'True',
    );
    return failed
      ? [refused(chart, 'deployments.apps', fullName(deployment), textAt(failed, 'message'))]
      : unmade(chart, deployment);
  }),
  ...listed(chart, 'pods').flatMap(pod => (isUnseen(chart, pod) ? [unplaced(chart, pod)] : [])),
  ...listed(chart, 'events').flatMap(event => {
    const [kind, name] = [textAt(event, 'involvedObject', 'kind'), textAt(event, 'involvedObject', 'name')];
    if (textAt(event, 'involvedObject', 'namespace') !== namespace || !isRefusal(chart, event)) return [];
    const short = shortOf[kind];
    const owner = short && listed(chart, short.list).find(({ metadata }) => isNamed(metadata, name));
    return owner && short.by(owner) ? [refused(chart, 'events', fullName(owner), textAt(event, 'message'))] : [];
  }),
];

/** What has no condition for it: an event says it, and that pods lack says that it is not over. */
const shortOf: Readonly<Record<string, { readonly list: string; readonly by: (one: ApiObject) => boolean }>> = {
  DaemonSet: {
    list: 'daemonsets.apps',
    by: one =>
      Number(textAt(one, 'status', 'currentNumberScheduled')) < Number(textAt(one, 'status', 'desiredNumberScheduled')),
  },
  StatefulSet: {
    list: 'statefulsets.apps',
    by: one => Number(textAt(one, 'status', 'replicas')) < Number(textAt(one, 'spec', 'replicas')),
  },
};

const isNamed = (metadata: ApiObject['metadata'], name: string): boolean =>
  metadata.namespace === namespace && metadata.name === name;

const isRefusal = (chart: Chart, event: ApiObject): boolean =>
  textAt(event, 'reason') === 'FailedCreate' &&
  Date.parse(chart.now) - Date.parse(textAt(event, 'lastTimestamp')) < recentMs;

const refused = (chart: Chart, list: string, name: string, message: string): Sign => ({
  kind: 'workload',
  host: 'cluster',
  subject: { workload: name },
  says: `no pod of ${name} can be made: ${message.slice(0, 300)}`,
  shows: showing(chart, list, name, message.slice(0, 300)),
  next: `what is refused says who refuses it: kubectl -n ${namespace} get resourcequota,limitrange,serviceaccount`,
});

/** Longer than a controller with much to do, or a new leader, takes. */
const idleMs = 90_000;

const isLong = (chart: Chart, time: string): boolean => Date.parse(chart.now) - Date.parse(time) > idleMs;

const unmade = (chart: Chart, deployment: ApiObject): readonly Sign[] => {
  const [wanted, made] = [textAt(deployment, 'spec', 'replicas'), textAt(deployment, 'status', 'replicas')].map(Number);
  const lacks = listAt(deployment, 'status', 'conditions').find(
    one => textAt(one, 'type') === 'Available' && textAt(one, 'status') === 'False',
  );
  if (!lacks || !isLong(chart, textAt(lacks, 'lastTransitionTime')) || !((made ?? 0) < (wanted ?? 0))) return [];
  const name = fullName(deployment);
  const says = `${name} wants ${wanted} pods and has ${made}: nobody makes the others, and nothing says why`;
  return [
    {
      kind: 'workload' as const,
      host: 'cluster',
      subject: { workload: name },
      says,
      shows: showing(chart, 'deployments.apps', name, `replicas ${made} of ${wanted}, Available=False`),
      next: 'see what kube-controller-manager logs of it on the host that holds its lease',
    },
  ];
};

/** Every scheduler says of every pod that it looked at why it finds no node; gates and pods of others wait rightly. */
const isUnseen = (chart: Chart, pod: ApiObject): boolean =>
  textAt(pod, 'spec', 'nodeName') === '' &&
  pod.metadata.deletionTimestamp === undefined &&
  textAt(pod, 'status', 'phase') === 'Pending' &&
  (textAt(pod, 'spec', 'schedulerName') || usual) === usual &&
  !listAt(pod, 'status', 'conditions').some(one => textAt(one, 'type') === 'PodScheduled') &&
  isLong(chart, textAt(pod, 'metadata', 'creationTimestamp'));

const usual = 'default-scheduler';

const unplaced = (chart: Chart, pod: ApiObject): Sign => ({
  kind: 'workload',
  host: 'cluster',
  subject: { pod: fullName(pod) },
  says: `no scheduler has looked at pod ${fullName(pod)} since ${textAt(pod, 'metadata', 'creationTimestamp')}`,
  shows: showing(chart, 'pods', fullName(pod), 'Pending, with no node and no condition PodScheduled'),
  next: 'see whether kube-scheduler runs, who holds its lease, what it logs, and the profiles of its configuration',
});
