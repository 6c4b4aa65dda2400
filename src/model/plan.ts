import type { Action, Change, ResourceId, Risk, Stage } from './resource.js';
import type { Question } from './fact.js';

/** One resource that is not as wanted, and what will be done about it. A value: shown, saved, compared, resumed. */
export interface Step {
  readonly id: ResourceId;
  readonly host: string;
  readonly kind: string;
  readonly key: string;
  readonly stage: Stage;
  readonly because: string;
  readonly changes: readonly Change[];
  readonly actions: readonly Action[];
  readonly risk: Risk;
  /** Only ids of steps in this plan; acyclic. */
  readonly after: readonly ResourceId[];
  /** Steps of which one must be done first; blocked only when all of them failed. Absent: no condition. */
  readonly afterAny?: readonly ResourceId[];
  /** Asked again before and after the actions. */
  readonly question: Question;
  /** SHA-256 of the raw answer at plan time; the same answer means: act without asking the desk. */
  readonly seen: string;
}

export interface Plan {
  readonly cluster: string;
  /** In an order that respects every `after`. */
  readonly steps: readonly Step[];
  /** Resources examined, converged ones included. */
  readonly examined: number;
  /** Hosts that could not be asked, with the reason. */
  readonly unseen: readonly { readonly host: string; readonly why: string }[];
  /** Resources that are not planned, because they or something they need could not be seen. */
  readonly leftOut?: readonly { readonly id: ResourceId; readonly why: string }[];
  /** SHA-256 over the spec and everything that was seen. */
  readonly digest: string;
}
