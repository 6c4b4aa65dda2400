import type { Access } from './access.js';
import type { BackupRecord } from './backup.js';
import type { ConformanceEvent } from './conformance.js';
import type { Diagnostic } from './diagnostic.js';
import type { Failure } from './failure.js';
import type { Plan } from './plan.js';
import type { ResourceId, Risk, Stage } from './resource.js';
import type { RotationNeed, RotationPhase } from './rotation.js';
import type { TakenBack } from './taken-back.js';

export { exitCodes, type Failure, type FailureClass, WorldFailed, withPutBack } from './failure.js';

/** Every word of a story, for terminal, journal, web and `--json` alike. Numbered from 1 within a story. */
export type Event = { readonly n: number; readonly at: string } & EventBody;

export type EventBody = Preparation | Treating | Work | Access;

/** Something about a host that stops a build (error) or does not (warning). */
export interface HostFinding {
  readonly host: string;
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly says: string;
  readonly help: string;
}

/** What is said before anything is changed. */
export type Preparation =
  /** Of the cluster file; `line` is the text of the line in which it stands. */
  | { readonly type: 'warning'; readonly problem: Diagnostic; readonly line?: string }
  /** A host key that nobody knows; `trusted` is the answer, absent while it is asked. */
  | {
      readonly type: 'host-key';
      readonly host: string;
      readonly fingerprint: string;
      readonly trusted?: boolean;
    }
  /** It is asked for, for sudo on these hosts; `given`: whether there was an answer, which is in no event. */
  | {
      readonly type: 'sudo-password';
      readonly user: string;
      readonly hosts: readonly string[];
      readonly given?: boolean;
    }
  /** What did not work out and does not end the story: a host that refused the login. */
  | { readonly type: 'failure'; readonly failure: Failure }
  /** Of binaries and images on the control machine; `done` and `of` in bytes where they are known. */
  | { readonly type: 'artifact-progress'; readonly says: string; readonly done?: number; readonly of?: number }
  | { readonly type: 'preflight'; readonly findings: readonly HostFinding[] }
  /** So many certificates have ended that nothing answers: the plan that follows brings the cluster back. */
  | {
      readonly type: 'reviving';
      readonly ended: number;
      /** Where they are. */
      readonly hosts: readonly string[];
      /** When the first of them ended, ISO 8601; absent: an earlier run has signed them, and was cut off. */
      readonly since?: string;
      /** Nodes that report before controller manager and scheduler start. */
      readonly awaits: readonly string[];
      readonly without: readonly string[];
    }
  | { readonly type: 'plan'; readonly plan: Plan }
  /** `phrase`: these letters must be typed; absent: yes or no. */
  | { readonly type: 'consent-needed'; readonly risk: Risk; readonly says: string; readonly phrase?: string }
  /** `by`: an option of the command, or a person who was asked. */
  | { readonly type: 'consent-given'; readonly risk: Risk; readonly by: 'option' | 'person' }
  /** `goesOn`: of a part alone; the rest is done without it. Absent: nothing was done. */
  | { readonly type: 'consent-refused'; readonly risk: Risk; readonly goesOn?: true }
  /** A snapshot of etcd on the control machine, whole by its digest; without `host` an earlier run made it. */
  | {
      readonly type: 'etcd-saved';
      readonly before: 'reset' | 'upgrade';
      readonly host?: string;
      readonly path: string;
      readonly sha256: string;
      readonly bytes: number;
    }
  /** An interruption: the current actions end, no new one begins; `command` goes on from there. */
  | { readonly type: 'stopping'; readonly command: string };

/** `treats`: findings as `case/variant host subject`. */
export type Treating =
  | {
      readonly type: 'upgrade-examined';
      readonly from: string;
      readonly to: string;
      readonly verdict: 'clear' | 'bites' | 'unknown';
      /** Rules of `src/preflight/upgrade`, each with how many things it hits. */
      readonly blockers: Readonly<Record<string, number>>;
      readonly warnings: Readonly<Record<string, number>>;
    }
  /** The cluster file, as it would be written; `written` is absent while that is asked. */
  | {
      readonly type: 'file-change';
      readonly path: string;
      readonly lines: readonly { readonly sign: string; readonly text: string }[];
      readonly written?: boolean;
    }
  | ({ readonly type: 'rotation-phase' } & RotationPhase)
  /** What still needs the old one, by name. */
  | { readonly type: 'rotation-needs'; readonly thing: string; readonly needs: readonly RotationNeed[] }
  | {
      readonly type: 'examination';
      readonly verdict: 'healthy' | 'ill' | 'unseen';
      /** Findings that lead. */
      readonly causes: readonly string[];
      /** Cases that could not see enough. */
      readonly unknown: readonly string[];
    }
  | {
      readonly type: 'therapy-proposed';
      readonly finding: string;
      /** `case/variant`. */
      readonly case: string;
      readonly host: string;
      readonly says: string;
      readonly title: string;
      readonly risk: Risk;
      /** A backup of etcd is made first. */
      readonly backup: boolean;
    }
  | {
      readonly type: 'therapy-started' | 'therapy-proven' | 'therapy-rolled-back';
      readonly treats: readonly string[];
    };

/** A run on the hosts, and its proof. */
export type Work =
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
      /** Seconds that it is going to take, as far as anybody can tell. */
      readonly expected?: number;
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
  /** A turn of a rollout failed: these units of the host become what they were while they served. */
  | { readonly type: 'put-back-started'; readonly host: string; readonly units: readonly string[] }
  /** `says`: what was put back and when it served again, or why not. */
  | {
      readonly type: 'put-back';
      readonly host: string;
      readonly units: readonly string[];
      /** The steps that failed. */
      readonly steps: readonly ResourceId[];
      readonly ok: boolean;
      readonly says: string;
      readonly seconds: number;
    }
  /** Nobody had confirmed a change: its host took it back by itself, and tells it now. */
  | ({ readonly type: 'taken-back'; readonly host: string } & TakenBack)
  | {
      readonly type: 'upload';
      readonly host: string;
      readonly name: string;
      readonly bytes: number;
      readonly of: number;
    }
  | { readonly type: 'note'; readonly host?: string; readonly says: string }
  | { readonly type: 'backup-taken'; readonly host: string; readonly path: string; readonly record: BackupRecord }
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
  | ConformanceEvent
  | {
      /** All hosts but these are as the file asks: what `kw drift` compares with. */
      readonly type: 'applied';
      /** The command. */
      readonly ran: string;
      readonly owner: string;
      readonly without: readonly string[];
      /** Of Kubewizard. Journals of older ones lack it. */
      readonly version?: string;
      /** The cluster file's text; the journal alone has it. */
      readonly file?: string;
      /** What was wanted, as digests; the journal alone has it. */
      readonly wants?: string;
    }
  | {
      readonly type: 'run-ended';
      readonly ok: boolean;
      readonly done: number;
      readonly failed: number;
      readonly blocked: number;
      readonly seconds: number;
    };
