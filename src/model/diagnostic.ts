/** A user's mistake: all of them are reported at once, each with its place and the next act. */
export interface Diagnostic {
  /** Stable, kebab case: `unknown-key`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly says: string;
  /** 1-based. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number };
  readonly help?: string;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly problems: readonly Diagnostic[] };
