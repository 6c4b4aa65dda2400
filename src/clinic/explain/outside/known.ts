/** What a text can say that is no illness of the cluster: by its own words, or by the record that they make. */
import type { Account } from '../account.js';

export interface Known {
  readonly kind: 'harmless' | 'not-ours';
  readonly id: string;
  readonly why: string;
  readonly todo: string;
  /** The sentence itself. */
  readonly text?: RegExp;
  /** Who failed with whom, and how, in whatever words. */
  readonly says?: (account: Account) => boolean;
  /** Holds only where this is found somewhere in the text. */
  readonly beside?: RegExp;
  /** Found anywhere in the text: it means something else there. */
  readonly but?: RegExp;
}
