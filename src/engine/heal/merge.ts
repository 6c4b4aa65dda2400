/** Several therapies as one list of wants: what two of them want alike is wanted once. Pure. */
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { Chart } from '../../clinic/chart/chart.js';
import type { KindTable } from '../context.js';
import type { Treatment } from './treatments.js';

export interface Merged {
  readonly resources: readonly Resource[];
  readonly treated: readonly Treatment[];
  /** They want something else of the same thing than one that comes before them: their turn is the next round. */
  readonly postponed: readonly Treatment[];
}

/** What stands where a resource shall be, as the examination saw it. */
export type Stands = (resource: Resource) => string | undefined;

export const merge = (treatments: readonly Treatment[], kinds: KindTable, stands: Stands): Merged => {
  let all: ReadonlyMap<ResourceId, Resource> = new Map();
  const treated: Treatment[] = [];
  const postponed: Treatment[] = [];
  for (const treatment of treatments) {
    const next = withThese(all, treatment.therapy.want, kinds, stands);
    if (next) all = next;
    (next ? treated : postponed).push(treatment);
  }
  // What a therapy names that nobody wants here would be a slip; several lists joined keep their order among
  // themselves.
  return {
    resources: [...all.values()].map(one => ({ ...one, after: one.after.filter(id => all.has(id)) })),
    treated,
    postponed,
  };
};

const withThese = (
  all: ReadonlyMap<ResourceId, Resource>,
  more: readonly Resource[],
  kinds: KindTable,
  stands: Stands,
): ReadonlyMap<ResourceId, Resource> | undefined => {
  const next = new Map(all);
  for (const one of more) {
    const id = idOf(one);
    const known = next.get(id);
    const want = known ? joined(known, one, kinds, stands) : one.want;
    if (want === undefined) return undefined;
    next.set(
      id,
      known
        ? {
            ...known,
            want,
            after: [...new Set([...known.after, ...one.after])],
            because: known.because === one.because ? one.because : `${known.because}; ${one.because}`,
          }
        : one,
    );
  }
  return next;
};

/** undefined: they contradict each other. */
const joined = (one: Resource, other: Resource, kinds: KindTable, stands: Stands): unknown =>
  JSON.stringify(one.want) === JSON.stringify(other.want)
    ? one.want
    : kinds[one.kind]?.join?.(one.want, other.want, stands(one));

/** The text of a file, by its path; of anything else no text was seen. */
export const standsIn =
  (chart: Chart): Stands =>
  ({ host, key }) => {
    const files = chart.hosts.get(host)?.files;
    return files && 'value' in files ? files.value.find(file => file.path === key)?.text : undefined;
  };
