/** A line whose meaning is known, and which is no illness of the cluster. */

export interface Known {
  readonly kind: 'harmless' | 'not-ours';
  readonly id: string;
  readonly why: string;
  readonly todo: string;
  readonly text: RegExp;
  /** Found anywhere in the text: the line means something else there. */
  readonly but?: RegExp;
}
