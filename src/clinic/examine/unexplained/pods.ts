/** Static pods and pods of kube-system that crash or wait. */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { at, listAt } from '../../read/yaml.js';
import { hostOfNode, listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

// What a pod may need to be created, pulled and ready on a slow machine; a start that is under way is not a fault.
const graceMs = 5 * 60_000;
/** A scheduler that has refused every node says so at once; what a drain sets free may stand in the way until then. */
const unplacedMs = 90_000;
const recent = 15 * 60_000;
const often = 3;

export const podSigns = (chart: Chart): readonly Sign[] =>
  listed(chart, 'pods').flatMap(pod => {
    if (pod.metadata.namespace !== 'kube-system' || pod.metadata.deletionTimestamp !== undefined) return [];
    if (ended(pod)) return [];
    const host = hostOfNode(chart, textAt(pod, 'spec', 'nodeName'));
    if (chart.stopped?.includes(host)) return [];
    const why = troubleOf(pod, Date.parse(chart.now));
    if (why === undefined) return [];
    const name = fullName(pod);
    return [
      {
        kind: 'pod' as const,
        host,
        subject: { pod: name },
        says: `pod ${name}: ${why}`,
        shows: showing(chart, 'pods', name, why),
        next: `kubectl -n kube-system describe pod ${pod.metadata.name}, then its logs, and those of before: logs -p`,
      },
    ];
  });

/** A job that is done, or a pod that was put away and that its owner replaces. */
const ended = (pod: ApiObject): boolean =>
  textAt(pod, 'status', 'phase') === 'Succeeded' ||
  (textAt(pod, 'status', 'phase') === 'Failed' &&
    /^(Evicted|Preempt|NodeShutdown|Terminated|Shutdown)/.test(textAt(pod, 'status', 'reason')));

const since = (text: string, now: number): number => now - Date.parse(text);

const troubleOf = (pod: ApiObject, now: number): string | undefined => {
  for (const status of listAt(pod, 'status', 'containerStatuses')) {
    const why = containerTrouble(status, pod, now);
    if (why !== undefined) return `container ${textAt(status, 'name')} ${why}`;
  }
  const phase = textAt(pod, 'status', 'phase');
  if (phase === 'Failed') return `failed ${textAt(pod, 'status', 'reason')}`.trim();
  const made = textAt(pod, 'status', 'startTime') || textAt(pod, 'metadata', 'creationTimestamp');
  const unmet = listAt(pod, 'status', 'conditions').find(one => textAt(one, 'status') === 'False');
  const least = textAt(unmet, 'reason') === 'Unschedulable' ? unplacedMs : graceMs;
  if (phase !== 'Pending' || since(made, now) <= least) return undefined;
  return `is pending ${textAt(unmet, 'message') || textAt(unmet, 'reason')}`.trim().slice(0, 300);
};

const waitsForGood = /BackOff|^Err|Error$|InvalidImageName|ImageInspect|RegistryUnavailable|PostStartHook|NeverPull/;

const containerTrouble = (status: unknown, pod: ApiObject, now: number): string | undefined => {
  const waits = textAt(status, 'state', 'waiting', 'reason');
  const restarts = Number(textAt(status, 'restartCount')) || 0;
  if (waitsForGood.test(waits)) return `waits: ${waits}${restarts > 0 ? `, ${restarts} restarts` : ''}`;
  const over = textAt(status, 'lastState', 'terminated', 'finishedAt');
  if (restarts >= often && since(over, now) <= recent)
    return `restarts again and again: ${restarts} times, the last of them at ${over}`;
  const dead = at(status as ApiObject, 'state', 'terminated');
  if (dead && textAt(dead, 'exitCode') !== '0' && since(textAt(dead, 'finishedAt'), now) > 60_000)
    return `ended with exit code ${textAt(dead, 'exitCode')} and was not started again`;
  const running = textAt(status, 'state', 'running', 'startedAt');
  const ready = at(status as ApiObject, 'ready');
  if (ready === false && running !== '' && since(running, now) > graceMs)
    return `runs since ${running} and is not ready`;
  const made = textAt(pod, 'status', 'startTime');
  return waits !== '' && since(made, now) > graceMs ? `waits: ${waits}` : undefined;
};
