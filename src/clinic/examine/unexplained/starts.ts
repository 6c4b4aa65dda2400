/** Hosts on which no pod can be started, whosever it is: the host’s own part of a start fails. */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { listAt } from '../../read/yaml.js';
import { hostOfNode, listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

/** A young pod's sandbox may fail once while the network's plugin itself starts. */
const graceMs = 60_000;
const recentMs = 2 * 60_000;

export const startSigns = (chart: Chart): readonly Sign[] => {
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
