/** Settles steps: one place that counts, tells (events) and passes failures on to descendants. */
import { WorldFailed, type EventBody, type Failure, withPutBack } from '../../model/event.js';
import type { Step } from '../../model/plan.js';
import type { ResourceId } from '../../model/resource.js';
import { secondsOf } from '../../plan/estimate.js';
import { escapeForTerminal } from '../../shell/terminal.js';
import type { Progress } from './progress.js';
import type { Redactor } from './redact.js';

export interface StepTracker {
  started(step: Step): void;
  done(step: Step, how: 'mended' | 'converged'): void;
  /** `said` is redacted, escaped and cut here. */
  failed(step: Step, failure: Failure): void;
  /** What became of the state of before, beside why the new one failed. */
  amend(steps: readonly ResourceId[], says: string): void;
  readonly failures: readonly Failure[];
}

export interface TrackerParts {
  readonly progress: Progress;
  readonly emit: (body: EventBody) => void;
  readonly clock: () => Date;
  readonly redactor: Redactor;
  /** Brings every event so far to the control machine's disk. */
  readonly sync?: () => Promise<void>;
  /** Something may begin in these queues now. */
  readonly wake: (queues: readonly string[]) => void;
  /** Called for every step that is settled, acted or not. */
  readonly settled: (step: Step) => void;
}

export const tracker = ({ progress, emit, clock, redactor, sync, wake, settled }: TrackerParts): StepTracker => {
  const begun = new Map<ResourceId, number>();
  const failures: Failure[] = [];
  const seconds = (step: Step): number => (clock().getTime() - (begun.get(step.id) ?? clock().getTime())) / 1000;
  // Not waited for: what was done stays done. A disk that fails is told by the next wait before a step.
  const keep = (): void => {
    sync?.().catch(() => undefined);
  };
  return {
    failures,
    started(step) {
      progress.touch(step);
      // After a cut connection a step starts again; it is one step all the same.
      if (begun.has(step.id)) return;
      begun.set(step.id, clock().getTime());
      emit(startedEvent(step));
    },
    done(step, found) {
      const how = begun.has(step.id) ? 'mended' : found;
      emit({ type: 'step-done', step: step.id, host: step.host, how, seconds: seconds(step) });
      keep();
      const queues = progress.done(step, how);
      settled(step);
      wake(queues);
    },
    failed(step, failure) {
      const told = failureIn(step, failure, redactor);
      failures.push(told);
      emit({ type: 'step-failed', step: step.id, host: step.host, failure: told });
      const blocked = progress.fail(step);
      settled(step);
      for (const each of blocked) emit({ type: 'step-blocked', step: each.id, host: each.host, root: step.id });
      keep();
    },
    amend(steps, says) {
      for (const [at, failure] of failures.entries())
        if (failure.step !== undefined && steps.includes(failure.step)) failures[at] = withPutBack(failure, says);
    },
  };
};

const startedEvent = (step: Step): EventBody => {
  const expected = Math.round(secondsOf(step));
  const { id, host, risk } = step;
  return { type: 'step-started', step: id, host, says: sayOf(step), risk, ...(expected >= 5 ? { expected } : {}) };
};

const failureIn = ({ host, id }: Step, failure: Failure, redactor: Redactor): Failure => ({
  host,
  step: id,
  ...failure,
  message: tidy(redactor.redact(failure.message)),
});

const most = 4096;
/** The end of an output tells why; 4 KiB of it. */
export const tidy = (output: string): string => {
  const text = escapeForTerminal(output.trim());
  return text.length > most ? `… ${text.slice(-most)}` : text;
};

export const failureOf = (error: unknown): Failure => {
  if (error instanceof WorldFailed) return error.failure;
  throw error;
};

const sayOf = (step: Step): string => {
  const fields = step.changes.map(change => change.field);
  return `${step.kind} ${step.key}${fields.length > 0 ? `: ${fields.slice(0, 4).join(', ')}` : ''}`;
};
