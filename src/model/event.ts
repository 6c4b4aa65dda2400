import type { ResourceId, Risk, Stage } from './resource.js';

/** Why the world failed. Each class has its own exit code (`exitCodes`). */
export type FailureClass = 'unreachable' | 'auth' | 'timeout' | 'exit' | 'refused' | 'drift' | 'unproven' | 'locked';

export interface Failure {
  readonly class: FailureClass;
  /** What the far end said, cut to 4 KiB, control characters escaped. */
  readonly said: string;
  readonly host?: string;
  readonly step?: ResourceId;
  /** The next act. */
  readonly help?: string;
}

/** A failure on its way up. */
export class WorldFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(`${failure.host ? `${failure.host}: ` : ''}${failure.said}`);
    this.name = 'WorldFailed';
    this.failure = failure;
  }
}

/** 0 done, 1 our bug, 2 changes or ill, 3 could not see enough; above: the world. 64: the user's mistake. */
export const exitCodes: Readonly<Record<FailureClass, number>> = {
  unreachable: 10,
  auth: 11,
  timeout: 12,
  exit: 13,
  refused: 14,
  drift: 15,
  unproven: 16,
  locked: 17,
};

/** The one vocabulary of terminal, journal, web and `--json`. Numbered from 1 within a run. */
export type Event = { readonly n: number; readonly at: string } & EventBody;

export type EventBody =
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly cluster: string;
      readonly command: string;
      readonly steps: number;
      readonly plan: string;
      readonly owner: string;
      /** Steps of each host; a view can then say how far each is. */
      readonly hosts?: Readonly<Record<string, number>>;
    }
  | { readonly type: 'host-connecting' | 'host-ready'; readonly host: string }
  | { readonly type: 'host-lost'; readonly host: string; readonly failure: Failure }
  | {
      readonly type: 'step-started';
      readonly step: ResourceId;
      readonly host: string;
      readonly says: string;
      readonly risk: Risk;
    }
  | { readonly type: 'step-waiting'; readonly step: ResourceId; readonly host: string; readonly says: string }
  | {
      readonly type: 'step-done';
      readonly step: ResourceId;
      readonly host: string;
      readonly how: 'mended' | 'converged';
      readonly seconds: number;
    }
  | { readonly type: 'step-failed'; readonly step: ResourceId; readonly host: string; readonly failure: Failure }
  /** A descendant of a failed step; `root` names the one that failed. */
  | { readonly type: 'step-blocked'; readonly step: ResourceId; readonly host: string; readonly root: ResourceId }
  | {
      readonly type: 'upload';
      readonly host: string;
      readonly name: string;
      readonly bytes: number;
      readonly of: number;
    }
  | { readonly type: 'note'; readonly host?: string; readonly says: string }
  | {
      readonly type: 'proof';
      readonly name: string;
      readonly ok: boolean;
      readonly says: string;
      readonly seconds: number;
    }
  /** All of the proof was asked; a run whose journal lacks it has proven nothing yet. */
  | {
      readonly type: 'proof-ended';
      readonly ok: boolean;
      readonly seconds: number;
      /** The last stage that was asked; absent: all of it. */
      readonly until?: Stage;
    }
  | {
      readonly type: 'run-ended';
      readonly ok: boolean;
      readonly done: number;
      readonly failed: number;
      readonly blocked: number;
      readonly seconds: number;
    };
