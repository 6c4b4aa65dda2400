/** An aggregated API whose server has just been started is given the time that it takes, as a leader is. */
import type { ApiObject, Chart } from '../chart/chart.js';
import { inNamespace } from './api-objects.js';
import { at, listAt } from './yaml.js';

const grace = 120_000;

/**
 * Not available for no longer than two minutes, and a pod behind its Service is as young and was never restarted. A
 * server that dies again and again, or that has no pod, is not starting.
 */
export function isStarting(chart: Chart, api: ApiObject): boolean {
  const young = (time: unknown): boolean => Math.abs(Date.parse(chart.now) - Date.parse(String(time))) < grace;
  const state = listAt(api, 'status', 'conditions').find(each => at(each, 'type') === 'Available');
  if (at(state, 'status') !== 'False' || !young(at(state, 'lastTransitionTime'))) return false;
  return podsBehind(chart, api).some(
    pod =>
      young(at(pod, 'status', 'startTime')) &&
      listAt(pod, 'status', 'containerStatuses').every(each => Number(at(each, 'restartCount') ?? 0) === 0),
  );
}

function podsBehind(chart: Chart, api: ApiObject): readonly ApiObject[] {
  const namespace = String(at(api, 'spec', 'service', 'namespace'));
  const service = seen(chart, 'services').find(each =>
    inNamespace(each, namespace, String(at(api, 'spec', 'service', 'name'))),
  );
  const selector = Object.entries((at(service, 'spec', 'selector') ?? {}) as Readonly<Record<string, unknown>>);
  if (selector.length === 0) return [];
  return seen(chart, 'pods').filter(
    ({ metadata }) =>
      metadata.namespace === namespace && selector.every(([key, value]) => metadata.labels?.[key] === value),
  );
}

const seen = (chart: Chart, list: string): readonly ApiObject[] => {
  const found = chart.api.objects[list];
  return found && 'value' in found ? found.value : [];
};
