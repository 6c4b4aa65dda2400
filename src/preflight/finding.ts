/** Something about a host that stops a build (error) or does not (warning). */
export interface Finding {
  readonly host: string;
  readonly severity: 'error' | 'warning';
  /** Stable, kebab case. */
  readonly code: string;
  readonly says: string;
  /** The next act. */
  readonly help: string;
}

export type Found = Omit<Finding, 'host'>;
export const error = (code: string, says: string, help: string): Found => ({ severity: 'error', code, says, help });
export const warning = (code: string, says: string, help: string): Found => ({ severity: 'warning', code, says, help });
