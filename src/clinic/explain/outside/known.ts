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
  /** Found in the same line: it means something else there. */
  readonly unless?: RegExp;
  /** So many lines of one text at most: what keeps coming is no start any more, and no single time. */
  readonly most?: number;
}

/** Harmless by how the line is told, whoever tells it: it goes on, it is the first try, the other end hung up. */
export interface Framed extends Known {
  readonly kind: 'harmless';
  /** Who prints it on a cluster that works: an issue where that was established, or the code that logs it. */
  readonly source: readonly [string, ...string[]];
  /** What looks alike and is not harmless: a test holds each in every carrier. */
  readonly near: readonly [string, ...string[]];
}

/** What is answered of it. */
export interface Outside extends Pick<Known, 'kind' | 'id' | 'why' | 'todo'> {
  /** What of the text says so, cut to 160 characters. */
  readonly message: string;
}
