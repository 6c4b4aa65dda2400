/** What healing is given, what it says at the end, and what it remembers on its way. */
import type { Case } from '../../clinic/case.js';
import type { Chart } from '../../clinic/chart/chart.js';
import type { Report } from '../../clinic/examine/report.js';
import type { EventBody, Failure } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import type { Resource, ResourceId } from '../../model/resource.js';
import type { Api, KindTable } from '../context.js';
import type { Seen } from '../survey.js';
import type { RunOnHost } from './backup.js';
import { textOf } from './illness.js';
import { keysOf, wasSeen } from './judge.js';
import { type InProgress, writeInProgress } from './pending.js';
import { forget } from './rollback.js';
import type { Refused, Treatment } from './treatments.js';

export interface Examination {
  readonly chart: Chart;
  readonly report: Report;
}

/** How a plan ended; `exitCode` as `Outcome` has it. */
export interface Acted {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly message: string;
  /** Of the steps and hosts; absent: what failed is not known, and so all of it has. */
  readonly failures?: readonly Failure[];
}

export interface ActHooks {
  /** Before the first step; where it throws, none runs. */
  readonly before: () => Promise<void>;
  /** However the plan ended. */
  readonly afterwards: (acted: Acted) => Promise<void>;
}

export interface Healing {
  readonly cluster: string;
  /** The control machine's folder of the cluster. */
  readonly dir: string;
  readonly cases: readonly Case[];
  /** Ids of cases, `case/variant`; [] means all. */
  readonly chosen: readonly string[];
  readonly dryRun: boolean;
  readonly kinds: KindTable;
  readonly etcdHosts: readonly string[];
  readonly run: RunOnHost;
  readonly api: () => Promise<Api>;
  readonly examine: () => Promise<Examination>;
  readonly read: (resources: readonly Resource[]) => Promise<ReadonlyMap<ResourceId, Seen>>;
  /** Carries the plan out under the lock, and calls the hooks under the same lock. */
  readonly act: (plan: Plan, resources: readonly Resource[], hooks: ActHooks) => Promise<void>;
  /** Shows what would be done; false: the person does not want it. */
  readonly agree: (plan: Plan, treatments: readonly Treatment[]) => Promise<boolean>;
  readonly tell: (says: string) => void;
  /** Told where a therapy begins, is proven, and is taken back. */
  readonly emit?: (body: EventBody) => void;
  readonly clock: () => Date;
  readonly sleep: (seconds: number) => Promise<void>;
  readonly newId: () => string;
  readonly timeouts: Timeouts;
}

export interface Timeouts {
  readonly rounds: number;
  /** Until a treated case is healthy: an API server reads its certificate again within a minute. */
  readonly proofSeconds: number;
  /** Until what followed from a cured case has gone by itself. */
  readonly settleSeconds: number;
  readonly everySeconds: number;
}
export const defaultTimeouts: Timeouts = { rounds: 4, proofSeconds: 120, settleSeconds: 60, everySeconds: 2 };

export interface Healed {
  readonly exitCode: number;
  readonly cured: readonly string[];
  readonly refused: readonly Refused[];
  readonly takenBack: readonly string[];
  /** Why a therapy was taken back or could not be proven; what could not be taken back. */
  readonly problems: readonly string[];
  readonly backups: readonly string[];
  /** Causes that are left, keys as `case/variant host subject`. */
  readonly left: readonly string[];
  /** With exit code 3, what of the chosen cases' evidence was not seen: `host: what: why`. */
  readonly unseen: readonly string[];
}

export interface HealState {
  readonly cured: string[];
  readonly takenBack: string[];
  readonly problems: string[];
  readonly backups: string[];
  readonly inProgress: InProgress[];
  refused: readonly Refused[];
}

/** These are over: proven, or taken back. What else was begun stays remembered, each until its own end. */
export const closed = async (parts: Healing, state: HealState, over: readonly InProgress[]): Promise<void> => {
  if (over.length === 0) return;
  await forget(over, parts);
  state.inProgress.splice(0, state.inProgress.length, ...state.inProgress.filter(one => !over.includes(one)));
  await writeInProgress(parts.dir, state.inProgress);
};

/** Whose illnesses are gone, and could be seen to be gone: by this therapy, by a later one, or by a person. */
export const overBy = (inProgress: readonly InProgress[], report: Report): readonly InProgress[] => {
  const ill = keysOf(report);
  return inProgress.filter(one =>
    one.treats.every(({ illness }) => !ill.has(textOf(illness)) && wasSeen(report, illness)),
  );
};
