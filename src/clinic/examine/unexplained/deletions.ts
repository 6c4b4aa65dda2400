/** Objects that were to be deleted long ago: a finalizer is not taken away, or something in them stays. */
import type { ApiObject, Chart } from '../../chart/chart.js';
import { fullName } from '../../read/api-objects.js';
import { listAt } from '../../read/yaml.js';
import { listed, showing, textAt } from './nodes.js';
import type { Sign } from './sign.js';

/** A namespace says by itself what it waits for; what is slow to go (pods with a long grace) it does not call so. */
const toldMs = 2 * 60_000;
const longMs = 10 * 60_000;

/** Pods end on their hosts; a claim waits rightly for the pods that use it. */
const others = new Set(['pods', 'persistentvolumeclaims', 'events']);

export const deletionSigns = (chart: Chart): readonly Sign[] =>
  Object.keys(chart.api.objects).flatMap(list =>
    others.has(list) ? [] : listed(chart, list).flatMap(one => waiting(chart, list, one)),
  );

const waiting = (chart: Chart, list: string, one: ApiObject): readonly Sign[] => {
  const { deletionTimestamp } = one.metadata;
  const since = deletionTimestamp === undefined ? Number.NaN : Date.parse(chart.now) - Date.parse(deletionTimestamp);
  const why = since > toldMs ? (messageOf(list, one) ?? (since > longMs ? finalizersOf(one) : undefined)) : undefined;
  if (why === undefined) return [];
  const name = fullName(one);
  return [
    {
      kind: 'deletion' as const,
      host: 'cluster',
      subject: { deleted: `${list} ${name}` },
      says: `${list} ${name} was to be deleted ${Math.round(since / 1000)} s ago, and is still there: ${why}`,
      shows: showing(chart, list, name, why),
      next: 'find who is to take that finalizer away (its operator or controller), and whether it still runs',
    },
  ];
};

const messageOf = (list: string, one: ApiObject): string | undefined =>
  list !== 'namespaces'
    ? undefined
    : listAt(one, 'status', 'conditions')
        .filter(each => textAt(each, 'status') === 'True' && textAt(each, 'reason') === 'SomeFinalizersRemain')
        .map(each => textAt(each, 'message').slice(0, 300))[0];

const finalizersOf = (one: ApiObject): string | undefined => {
  const all = [...listAt(one, 'metadata', 'finalizers'), ...listAt(one, 'spec', 'finalizers')].map(String);
  return all.length > 0 ? `it waits for ${all.join(', ')}`.slice(0, 300) : undefined;
};
