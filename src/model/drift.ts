/** What is other than the last run left it: the thing, from what to what, since when, and by whom as far as known. */
import type { ResourceId } from './resource.js';

/**
 * host: it was changed behind Kubewizard's back. file: the cluster file asks for something else than what was applied.
 * wish: another version of Kubewizard applied the file, and this one asks for something else; nobody touched the thing.
 * run: a later run of Kubewizard left it so. unknown: nobody knows how it was left.
 */
export type Origin = 'host' | 'file' | 'wish' | 'run' | 'unknown';

/** One field; a secret is a digest or hidden. Undefined: the thing or field is not there. */
export interface Moved {
  readonly field: string;
  /** As it was left, or shall be. */
  readonly was: unknown;
  readonly is: unknown;
}

/** An instant by the control machine's clock. Not `exact`: then, or before. */
export interface Since {
  readonly at: string;
  readonly exact: boolean;
}

export type Author =
  /** sudo wrote down a command that names the thing. */
  | { readonly how: 'sudo'; readonly who: string; readonly at: string; readonly command: string }
  /** A root shell was opened before, and nothing names the thing. */
  | { readonly how: 'shell'; readonly who: string; readonly at: string; readonly command: string }
  /** Somebody was logged in when it happened. */
  | { readonly how: 'session'; readonly who: string; readonly at: string; readonly from: string }
  /** The package manager's log; `who` is empty where it names nobody. */
  | { readonly how: 'packages'; readonly who: string; readonly at: string; readonly command: string }
  /** The kernel's audit log: the user who logged in, and the program. */
  | { readonly how: 'auditd'; readonly who: string; readonly at: string; readonly program: string }
  /** The API server's audit log. */
  | {
      readonly how: 'api';
      readonly who: string;
      readonly at: string;
      readonly verb: string;
      readonly from: string;
      readonly program: string;
    }
  /** The API names a program, and no person. */
  | { readonly how: 'manager'; readonly who: string; readonly at: string }
  /** A run of Kubewizard. */
  | { readonly how: 'run'; readonly who: string; readonly at: string; readonly command: string }
  /** Nobody: the unit ended by itself. */
  | { readonly how: 'itself'; readonly at: string; readonly result: string };

export interface Difference {
  readonly id: ResourceId;
  readonly host: string;
  readonly kind: string;
  readonly key: string;
  readonly origin: Origin;
  readonly changes: readonly Moved[];
  /** What the next `kw up` does: makes it so again, leaves it as it is, or makes something else of it. */
  readonly next: 'back' | 'stays' | 'other';
  /** Another version of Kubewizard wanted something else here: whether a hand was in it is not known. */
  readonly wantedOtherwise?: true;
  /** Units that run and have not read it yet. */
  readonly unread?: readonly string[];
  readonly since?: Since;
  /** The likeliest first; []: not known. */
  readonly by: readonly Author[];
}

/** The last run that left everything as its file asks. */
export interface LastApplied {
  readonly at: string;
  readonly command: string;
  readonly owner: string;
  /** Hosts that it did not see. */
  readonly without: readonly string[];
  /** Of Kubewizard. Absent: one of before it wrote that down. */
  readonly version?: string;
}

/** What the journal knows of that run beside. */
export interface Applied extends LastApplied {
  /** The cluster file's text. */
  readonly file: string;
  /** What was wanted, as digests. */
  readonly wants?: string;
  readonly began: string;
  /** When a step of it was done: from then on the thing was as it was left. */
  readonly did: ReadonlyMap<ResourceId, string>;
}

/** What a later run did that did not end as a whole. */
export interface LaterStep {
  readonly id: ResourceId;
  readonly at: string;
  readonly command: string;
  readonly owner: string;
}
