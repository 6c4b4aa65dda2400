import type { Script } from './script.js';
import type { Fact } from './fact.js';
import type { Content } from './content.js';
import type { DrainPolicy } from './drain.js';

/** `host/kind/key`; hosts' names have no slash. */
export type ResourceId = string;

/** In this order a cluster comes to life; `--until` stops after one of them. */
export const stages = ['host', 'etcd', 'control-plane', 'nodes', 'addons'] as const;
export type Stage = (typeof stages)[number];

/** One thing that shall be so on one host. API objects belong to the pseudo host `cluster`. */
export interface Resource<K extends string = string, Want = unknown> {
  readonly kind: K;
  readonly host: string;
  readonly key: string;
  readonly want: Want;
  readonly stage: Stage;
  /** Resources that must have converged before this one is touched. */
  readonly after: readonly ResourceId[];
  /** Of these at least one must have converged: an API that answers needs a server, not all of them. */
  readonly afterAny?: readonly ResourceId[];
  /** Why it is wanted, for people: `kubelet needs a runtime`. */
  readonly because: string;
}

export const clusterHost = 'cluster';

export const idOf = (resource: Pick<Resource, 'host' | 'kind' | 'key'>): ResourceId =>
  `${resource.host}/${resource.kind}/${resource.key}`;

/** One field that is not as wanted. `from` undefined: the thing is absent. Never holds a secret. */
export interface Change {
  /** Of a unit: that it is stopped is `delete`; that it runs with other inputs than it was started with, `restart`. */
  readonly verb: Verb;
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  /** Of a restart: it only reads again what has changed, and its users notice nothing. */
  readonly reloads?: true;
}

/** Hosts' names have no slash. */
export const hostOf = (id: ResourceId): string => id.slice(0, id.indexOf('/'));
export type Verb = 'create' | 'update' | 'delete' | 'restart';

/** A field that is another, or is not there yet. */
export const changed = (field: string, from: unknown, to: unknown): Change => ({
  verb: from === undefined ? 'create' : 'update',
  field,
  from,
  to,
});

export const removed = (field: string, from: unknown, to = 'absent'): Change => ({ verb: 'delete', field, from, to });

export const risks = ['none', 'restart', 'downtime', 'data'] as const;
export type Risk = (typeof risks)[number];
export const worst = (all: readonly Risk[]): Risk =>
  all.reduce((one, other) => (risks.indexOf(other) > risks.indexOf(one) ? other : one), 'none');

export interface CertificateRequest {
  /** Which CA signs: `ca`, `etcd/ca`, `front-proxy-ca`. */
  readonly ca: string;
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Names and IP addresses. */
  readonly sans: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly days: number;
  /** An instant: one that was signed before it is no answer. */
  readonly since?: string;
}

/** All that can ever happen to a host. */
export type Action =
  /** A POSIX sh script as root; exit code not 0 fails the step. */
  | { readonly do: 'run'; readonly script: Script; readonly says?: string }
  /** Writes a file atomically (temporary file beside it with the final mode from its first byte, fsync, rename). */
  | {
      readonly do: 'put';
      readonly path: string;
      readonly content: Content;
      readonly mode: number;
      readonly owner?: string;
    }
  /** Fetches a content-addressed file over HTTP into the host's store, checks its digest, links it to `path`. */
  | {
      readonly do: 'fetch';
      readonly path: string;
      readonly sha256: string;
      readonly size: number;
      readonly mode: number;
    }
  /**
   * Makes a new key and a certificate for it at the moment of writing; with `kubeconfig`, both embedded in one file.
   */
  | { readonly do: 'issue'; readonly request: CertificateRequest; readonly to: IssueTarget }
  | {
      readonly do: 'call';
      readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
      readonly path: string;
      readonly body?: unknown;
      readonly contentType?: string;
    }
  /**
   * Carried out by the control machine: repeats GET `path` on the API until it answers 200 (and the condition holds),
   * or 404 where it shall be gone.
   */
  | {
      readonly do: 'await';
      readonly path: string;
      readonly condition?: Condition;
      readonly gone?: true;
      readonly seconds: number;
      readonly says: string;
    }
  /** By the control machine: keeps pods from a node, evicts those that may go, marks it; or leaves it as it was. */
  | ({ readonly do: 'drain'; readonly node: string; readonly eviction: EvictionVersion } & DrainPolicy)
  /** By the control machine: takes pods again, where it was Kubewizard that kept them away. */
  | { readonly do: 'uncordon'; readonly node: string }
  /**
   * Repeats `script` every half second until it exits 0, or says by `givesUp` that it never will. `why` runs once when
   * the time is up; what it prints explains the failure.
   */
  | {
      readonly do: 'wait';
      readonly script: Script;
      readonly seconds: number;
      readonly says: string;
      readonly why?: Script;
    };

/** The exit code of a wait's script by which it is over: what it waits for will not come. */
export const givesUp = 111;

/** Of the object that an eviction is: `policy/v1` from Kubernetes 1.22 on. */
export type EvictionVersion = 'policy/v1' | 'policy/v1beta1';

/** A row of an object's `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
}

export type IssueTarget =
  | { readonly as: 'pem'; readonly cert: string; readonly key: string }
  | {
      readonly as: 'kubeconfig';
      readonly path: string;
      readonly server: string;
      readonly cluster: string;
      readonly user: string;
    };

export interface Remedy {
  readonly actions: readonly Action[];
  readonly risk: Risk;
  /** That it takes beyond its actions: what runs may end slowly. */
  readonly seconds?: number;
  /** Others reach the cluster by what it changes. */
  readonly lifeline?: true;
}

/** What must not be restarted everywhere at once: control planes one at a time, nodes a share at a time. */
export type SerialClass = 'control-plane' | 'nodes';

/** How what a therapy has changed is brought back. */
export type Rollback =
  /** These files are copied before, with those that the actions write, and put back. */
  | { readonly by: 'files'; readonly paths: readonly string[] }
  /** A systemd unit: enabled and running as before. */
  | { readonly by: 'unit'; readonly unit: string }
  /** The program of a static pod is ended once its files are those of before; its kubelet starts it again. */
  | { readonly by: 'pod'; readonly program: string }
  /** An object of the API is written as it was, or deleted. */
  | { readonly by: 'object' }
  /** `keep` prints the state of before; `back` makes it so again from its stdin, however often it runs. */
  | { readonly by: 'scripts'; readonly keep: Script; readonly back: Script }
  /** There is nothing to bring back: it was only asked, or started again. */
  | { readonly by: 'nothing' }
  /** It stays, and why. */
  | { readonly by: 'nobody'; readonly why: string };

/** What a kind is to others, said by itself: plans and stories go by this, and name no kind. */
export interface Traits {
  /** What a host runs of it, or what it is to that which runs. */
  readonly role?: 'unit' | 'pod' | 'program' | 'configuration' | 'installed';
  /** Its key is a path on its host. `partly`: more of it is behind a link, or in a file beside it. */
  readonly path?: 'whole' | 'partly';
  /** The words by which commands mean it, where that is not its key. */
  named?(key: string, changes: readonly { readonly field: string }[]): readonly string[];
  /** It is waited for, or done in passing: nobody can change it. */
  readonly passing?: true;
  /** A change of this field is of all of it; its other fields come and go while it is there. */
  readonly whole?: string;
}

/**
 * A kind of thing that can be wanted: three pure functions, what others must know of it, and two for tests and reset.
 */
export interface Kind<K extends string, Want, Have> extends Traits {
  readonly kind: K;
  read(key: string, want: Want): Fact<Have>;
  /** [] means converged. */
  diff(want: Want, have: Have): readonly Change[];
  plan(key: string, want: Want, changes: readonly Change[]): Remedy;
  /**
   * What will not be as wanted any more once the plan has written these files: a unit that reads one owes a restart.
   */
  predictChanges?(want: Want, have: Have, written: ReadonlySet<string>): readonly Change[];
  /**
   * Fields whose present value changes without anybody's hand (a unit that comes up, or fails and is started again):
   * another one than planned is not drift.
   */
  readonly volatileFields?: readonly string[];
  /** Fields that what was planned sets right too: that one of them has changed since is not drift. */
  covers?(want: Want, planned: readonly Change[]): readonly string[];
  /** How a therapy takes back what it changed of it. */
  rollback(key: string, want: Want): Rollback;
  /** Seconds that it takes beyond what its actions take by themselves (plan/estimate.ts). */
  readonly cost?: number;
  /** Whose turn such changes are; undefined: they disturb nothing that runs. */
  serialClass?(step: {
    readonly key: string;
    readonly stage: Stage;
    readonly changes: readonly Change[];
  }): SerialClass | undefined;
  /**
   * One want that is as good as both; undefined: they contradict each other. Absent: only what is alike is one.
   * `from`: the text that both were made from, where it is known.
   */
  join?(one: Want, other: Want, from?: string): Want | undefined;
  /** What a host that has converged would answer (law L1: `diff(want, ideal(want)) = []`). */
  ideal(want: Want): Have;
  /** The want that undoes it, for `reset`; undefined: nothing to undo. */
  undo?(key: string, want: Want): Want | undefined;
}
