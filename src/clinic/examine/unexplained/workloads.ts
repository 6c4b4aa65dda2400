/** Workloads of kube-system whose pods the API refuses: a quota, a policy, a webhook, an account that is gone. */
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
    return failed ? [refused(chart, 'deployments.apps', fullName(deployment), textAt(failed, 'message'))] : [];
  }),
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
