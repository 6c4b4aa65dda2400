/** Several therapies as one list of wants: what two of them want alike is wanted once. Pure. */
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { ResidueUndo, ResidueWant, ServiceWant } from '../../resources/wants.js';
import { raw, sh } from '../../shell/sh.js';
import type { Treatment } from './treatments.js';

export interface Merged {
  readonly resources: readonly Resource[];
  readonly treated: readonly Treatment[];
  /** They want something else of the same thing than one that comes before them: their turn is the next round. */
  readonly postponed: readonly Treatment[];
}

export const merge = (treatments: readonly Treatment[]): Merged => {
  let all: ReadonlyMap<ResourceId, Resource> = new Map();
  const treated: Treatment[] = [];
  const postponed: Treatment[] = [];
  for (const treatment of treatments) {
    const next = withThese(all, treatment.therapy.want);
    if (next) all = next;
    (next ? treated : postponed).push(treatment);
  }
  // What a therapy names that nobody wants here would be a slip; several lists joined keep their order among themselves.
  return {
    resources: [...all.values()].map(one => ({ ...one, after: one.after.filter(id => all.has(id)) })),
    treated,
    postponed,
  };
};

const withThese = (
  all: ReadonlyMap<ResourceId, Resource>,
  more: readonly Resource[],
): ReadonlyMap<ResourceId, Resource> | undefined => {
  const next = new Map(all);
  for (const one of more) {
    const id = idOf(one);
    const known = next.get(id);
    const want = known ? joined(known, one) : one.want;
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
const joined = (one: Resource, other: Resource): unknown => {
  if (JSON.stringify(one.want) === JSON.stringify(other.want)) return one.want;
  if (one.kind === 'service') return ofServices(one.want as ServiceWant, other.want as ServiceWant);
  if (one.kind === 'residue') return ofResidues(one.want as ResidueWant, other.want as ResidueWant);
  return undefined;
};

/** A unit that runs and has read the files of both. The blueprint's own want knows how to wait for it. */
const ofServices = (one: ServiceWant, other: ServiceWant): ServiceWant | undefined => {
  if (one.running !== other.running || one.atBoot !== other.atBoot) return undefined;
  const [fuller, plainer] = Object.keys(other).length > Object.keys(one).length ? [other, one] : [one, other];
  return { ...fuller, reads: [...new Set([...fuller.reads, ...plainer.reads])] };
};

const ofResidues = (one: ResidueWant, other: ResidueWant): ResidueWant => ({
  look: sh`(${raw(one.look)}\n)\n(${raw(other.look)}\n)`,
  remove: sh`(${raw(one.remove)}\n) && (${raw(other.remove)}\n)`,
  risk: one.risk === 'data' || other.risk === 'data' ? 'data' : one.risk === 'downtime' ? one.risk : other.risk,
  ...((one.reads ?? other.reads) && { reads: [...new Set([...(one.reads ?? []), ...(other.reads ?? [])])] }),
  ...(one.pod !== undefined && { pod: one.pod }),
  ...(one.undo && other.undo && { undo: ofUndos(one.undo, other.undo) }),
});

/** Two states to keep in one file would need a mark between them: each therapy that has one has a key of its own instead. */
const ofUndos = (one: ResidueUndo, other: ResidueUndo): ResidueUndo => {
  if (one === 'needless') return other;
  if (other === 'needless' || JSON.stringify(one) === JSON.stringify(other)) return one;
  return 'cannot' in one ? one : 'cannot' in other ? other : { cannot: 'two therapies changed it together' };
};
