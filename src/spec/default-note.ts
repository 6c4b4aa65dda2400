/**
 * A value that the file leaves out, what it became, and why. `path` names hosts, not their index:
 * `hosts.kw-worker-001.roles`.
 */
export interface DefaultNote {
  readonly path: string;
  readonly value: unknown;
  readonly why: string;
}
