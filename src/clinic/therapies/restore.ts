/** The blueprint's own resources, wanted again: most therapies of a cluster that Kubewizard built. */
import { idOf, type Resource } from '../../model/resource.js';
import type { ServiceWant } from '../../resources/wants.js';
import type { Chart } from '../chart/chart.js';

/**
 * What `pick` chooses of the wanted resources, and the services on the same host that read any of it, so that a restart
 * that is owed is part of the plan. Empty: nothing such is wanted (another builder's cluster).
 */
export const restore = (chart: Chart, pick: (resource: Resource) => boolean): readonly Resource[] => {
  const all = chart.wanted ?? [];
  const picked = new Set(all.filter(pick));
  const written = new Set([...picked].flatMap(filesOf));
  const readers = all.filter(
    one => one.kind === 'service' && (one.want as ServiceWant).reads.some(path => written.has(`${one.host}:${path}`)),
  );
  return closed(all.filter(one => picked.has(one) || readers.includes(one)));
};

/** By host and key (paths, units, objects). */
export const restoreAt = (chart: Chart, host: string, ...keys: readonly string[]): readonly Resource[] =>
  restore(chart, one => one.host === host && keys.includes(one.key));

/** Only ids within the list remain in `after`: a therapy is a plan of its own. */
export const closed = (resources: readonly Resource[]): readonly Resource[] => {
  const ids = new Set(resources.map(idOf));
  return resources.map(one => ({ ...one, after: one.after.filter(id => ids.has(id)) }));
};

const filesOf = (one: Resource): readonly string[] => {
  const key = (one.want as { readonly keyPath?: string }).keyPath;
  return [`${one.host}:${one.key}`, ...(key === undefined ? [] : [`${one.host}:${key}`])];
};
