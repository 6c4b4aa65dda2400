/** Hosts on which no pod can be started or ended, whosever it is: the host’s own part of it fails, or hangs. */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { listAt } from '../../read/yaml.js';
import { hostOfNode, listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

/** A young pod's sandbox may fail once while the network's plugin itself starts. */
const graceMs = 60_000;
const recentMs = 2 * 60_000;

export const startSigns = (chart: Chart): readonly Sign[] => [...failedStarts(chart), ...silent(chart)];

const failedStarts = (chart: Chart): readonly Sign[] => {
  const waiting = new Map(listed(chart, 'pods').flatMap(pod => (waits(chart, pod) ? [[fullName(pod), pod]] : [])));
  return listed(chart, 'events').flatMap(event => {
    const pod = waiting.get(
      `${textAt(event, 'involvedObject', 'namespace')}/${textAt(event, 'involvedObject', 'name')}`,
    );
    if (!pod || !isOfTheHost(event) || since(chart, textAt(event, 'lastTimestamp')) > recentMs) return [];
    const node = textAt(pod, 'spec', 'nodeName');
    const message = textAt(event, 'message').slice(0, 300);
    return [
      {
        kind: 'start' as const,
        host: hostOfNode(chart, node),
        subject: { start: node },
        says: `pods cannot be started on node ${node}: ${message}`,
        shows: showing(chart, 'events', event.metadata.name, `${textAt(event, 'reason')} ${message}`),
        next: `on that host: journalctl -u kubelet -u containerd -n 50; kubectl describe pod of ${fullName(pod)}`,
      },
    ];
  });
};

const since = (chart: Chart, time: string): number => Date.parse(chart.now) - Date.parse(time);

const waits = (chart: Chart, pod: ApiObject): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  textAt(pod, 'status', 'phase') === 'Pending' &&
  since(chart, textAt(pod, 'metadata', 'creationTimestamp')) > graceMs &&
  listAt(pod, 'status', 'containerStatuses').every(one => textAt(one, 'state', 'running', 'startedAt') === '');

/**
 * A sandbox needs nothing of its pod but a runtime class; a volume may be the pod's own mistake (a name that is not
 * there), but no pod makes the host's disk refuse to be written.
 */
const isOfTheHost = (event: ApiObject): boolean => {
  const [reason, message] = [textAt(event, 'reason'), textAt(event, 'message')];
  if (reason === 'FailedCreatePodSandBox') return !/runtime handler|RuntimeHandler|is terminating/.test(message);
  return (
    reason === 'FailedMount' &&
    /\/var\/lib\/kubelet\/pods\/\S+: (read-only file system|input\/output error|no space left on device)/.test(message)
  );
};

/** A start that fails says so in an event of its pod; of one that hangs nobody says a word. */
const silent = (chart: Chart): readonly Sign[] => {
  const told = new Set(
    listed(chart, 'events').map(
      event => `${textAt(event, 'involvedObject', 'namespace')}/${textAt(event, 'involvedObject', 'name')}`,
    ),
  );
  return listed(chart, 'pods').flatMap(pod => {
    const node = textAt(pod, 'spec', 'nodeName');
    const why = node === '' ? undefined : (hangs(chart, pod, told) ?? lingers(chart, pod));
    if (why === undefined || isAway(chart, node)) return [];
    return [
      {
        kind: 'start' as const,
        host: hostOfNode(chart, node),
        subject: { start: node, pod: fullName(pod) },
        says: `pod ${fullName(pod)} on node ${node} ${why}`,
        shows: showing(chart, 'pods', fullName(pod), why),
        next:
          `on that host: crictl pods; journalctl -u kubelet -u containerd -n 50; ` +
          `ps -eo pid,etime,stat,args | grep -E 'cni|shim|runc', for whatever has hung that long`,
      },
    ];
  });
};

/** Of a node that is not ready its own sign tells. */
const isAway = (chart: Chart, node: string): boolean =>
  chart.stopped?.includes(hostOfNode(chart, node)) === true ||
  !listed(chart, 'nodes').some(
    one =>
      one.metadata.name === node &&
      listAt(one, 'status', 'conditions').some(
        each => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True',
      ),
  );

/** Its sandbox is made before any image is pulled, so that a large image is no reason. */
const hangs = (chart: Chart, pod: ApiObject, told: ReadonlySet<string>): string | undefined => {
  if (!waits(chart, pod) || told.has(fullName(pod))) return undefined;
  const taken = textAt(pod, 'status', 'startTime');
  const placed = listAt(pod, 'status', 'conditions').find(one => textAt(one, 'type') === 'PodScheduled');
  if (taken === '')
    return since(chart, textAt(placed, 'lastTransitionTime')) > graceMs
      ? 'is not even begun: its kubelet does not take it, and nothing says why'
      : undefined;
  const sandbox = listAt(pod, 'status', 'conditions').find(one => textAt(one, 'type') === 'PodReadyToStartContainers');
  const seconds = Math.round(since(chart, taken) / 1000);
  return textAt(sandbox, 'status') === 'False' && seconds * 1000 > graceMs
    ? `waits for its sandbox for ${seconds} s, and nothing says why`
    : undefined;
};

/** What kubelets and runtimes need beyond a pod's own time to end. */
const endMs = 90_000;

const lingers = (chart: Chart, { metadata }: ApiObject): string | undefined => {
  const over = metadata.deletionTimestamp === undefined ? Number.NaN : since(chart, metadata.deletionTimestamp);
  return over > endMs && listAt({ metadata }, 'metadata', 'finalizers').length === 0
    ? `was to have ended ${Math.round(over / 1000)} s ago, and has not`
    : undefined;
};
