/** Who serves the metrics of the cluster: ours goes with the file, and what somebody else installed stays. */
import type { MetricsOwner } from '../blueprint/input.js';
import { ownerLabel } from '../blueprint/metrics/objects.js';
import type { ObjectState } from '../facts/object.js';

/**
 * Of the APIService and of the account of metrics-server. undefined: the API did not say, and each step looks again
 * before it acts.
 */
export function metricsOwner(states: readonly (ObjectState | undefined)[]): MetricsOwner | undefined {
  const seen = states.flatMap(state => (state === undefined || state.is === 'unseen' ? [] : [state]));
  const there = seen.flatMap(state => (state.is === 'object' ? [state.body] : []));
  if (there.some(body => !isOurs(body))) return 'other';
  if (seen.length < states.length) return undefined;
  return there.length > 0 ? 'ours' : 'nobody';
}

const isOurs = (body: Readonly<Record<string, unknown>>): boolean => {
  const { labels } = (body.metadata ?? {}) as { readonly labels?: Readonly<Record<string, unknown>> };
  return labels?.[ownerLabel.key] === ownerLabel.value;
};
