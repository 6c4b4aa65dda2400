/** What one API server made of the restored data of a cluster. */
export interface RehearsalTurn {
  /** Seconds from its start until it was ready; undefined: it never was. */
  readonly readyAfter?: number;
  /** The last lines of its log where it ended, or was not ready in time. */
  readonly log?: string;
  /** Checks of `/readyz` that failed when it was asked last: `poststarthook/rbac/bootstrap-roles`. */
  readonly failing: readonly string[];
  /** `apps/v1`, as `kubectl api-versions` says them. */
  readonly versions: readonly string[];
  /** `deployments.apps` to how many objects it listed, or why it could not. */
  readonly kinds: ReadonlyMap<string, number | { readonly why: string }>;
}

/** The same backup under the version that runs, and under the one that shall come. */
export interface Rehearsed {
  readonly now: RehearsalTurn;
  readonly next: RehearsalTurn;
}
