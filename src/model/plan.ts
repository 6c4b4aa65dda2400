import type { Action, Change, ResourceId, Risk, SerialClass, Stage } from './resource.js';
import type { DrainForecast } from './drain.js';
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
  /** Whose turn it is, where it disturbs what runs; absent: it does not. */
  readonly serial?: SerialClass;
  /** Seconds that it takes beyond its actions. */
  readonly seconds?: number;
  /** Others reach the cluster by what it changes. */
  readonly lifeline?: true;
  /** Seconds that all of it took in this cluster before. */
  readonly takes?: number;
  /** Only ids of steps in this plan; acyclic. */
  readonly after: readonly ResourceId[];
  /** Steps of which one must be done first; blocked only when all of them failed. Absent: no condition. */
  readonly afterAny?: readonly ResourceId[];
  /** Asked again before and after the actions. */
  readonly question: Question;
  /** SHA-256 of the raw answer at plan time; the same answer means: act without asking the control machine. */
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
  /** Resources that are not planned: they or something they need could not be seen, or a rule forbids it for now. */
  readonly leftOut?: readonly LeftOut[];
  /** In which waves what runs is restarted or replaced; absent where nothing is. */
  readonly rollout?: Rollout;
  /** SHA-256 over the spec and everything that was seen. */
  readonly digest: string;
}

export interface LeftOut {
  readonly id: ResourceId;
  readonly why: string;
  /** Absent: it or something that it needs was not seen. */
  readonly rule?: 'quorum' | 'skew';
}

/** A plan says what, a rollout in which waves. The order is in the steps' `after`: this tells it. */
export interface Rollout {
  readonly waves: readonly Wave[];
  /** Of the nodes that are drained, in the order of the file. */
  readonly drains?: readonly DrainForecast[];
}

/** Begins once every step of the waves before it is done; a step that fails blocks all waves after it. */
export interface Wave {
  /** In the order of their turns. */
  readonly hosts: readonly string[];
  /** How many of these hosts at a time. */
  readonly width: number;
  /** The failure domain that all of its hosts stand in, where hosts have one. */
  readonly zone?: string;
  /** What restarts: `kube-apiserver`, `kubelet`. */
  readonly programs: readonly string[];
  readonly steps: readonly ResourceId[];
  /** Of its hosts those that are drained before their turn, and take pods again after it; absent: none. */
  readonly drains?: readonly string[];
  readonly before: readonly Probe[];
  /** What each host is waited for before the next one's turn. */
  readonly gate: readonly Probe[];
  readonly after: readonly Probe[];
  readonly back: WayBack;
  /** What is put back together where a gate fails; absent: whoever carries it out takes it back in another way. */
  readonly turns?: readonly Turn[];
}

/** One host's part of a wave. */
export interface Turn {
  readonly host: string;
  readonly units: readonly TurnUnit[];
  /**
   * It could cut off whoever carries it out, or lock everybody out: the host takes it back by itself, unless the API
   * was reached after it.
   */
  readonly armed?: true;
}

export interface TurnUnit {
  readonly step: ResourceId;
  readonly unit: string;
  /** Steps that write what it reads, and that nobody needs before this turn. */
  readonly writes: readonly ResourceId[];
}

export interface Probe {
  readonly probe: 'etcd-backup' | 'quorum' | 'answers' | 'converged';
  readonly says: string;
}

export type WayBack =
  | { readonly way: 'automatic' | 'by hand'; readonly says: string }
  | { readonly pointOfNoReturn: string };

/** What a rollout must know of a host beside its steps. */
export interface Member {
  readonly host: string;
  readonly etcd: boolean;
  readonly api: boolean;
  readonly node: boolean;
  readonly seen: boolean;
  /** Its failure domain: the label topology.kubernetes.io/zone. */
  readonly zone?: string;
}
