import type { Script } from './script.js';

/** One question to a host or to the API, and a pure reader of the answer. */
export type Question =
  /**
   * A POSIX sh script, run as root; it changes nothing, prints the same as long as nothing has changed, and ends by
   * itself.
   */
  | {
      readonly ask: 'host';
      readonly script: Script;
      /** What it finds ready where it is asked together with others. */
      readonly prefetch?: Prefetch;
    }
  /** GET on the API; the answer is the JSON text `{"status":200,"body":{…}}`. */
  | { readonly ask: 'api'; readonly path: string };

/** What one command answers for all questions of a host at once (src/shell/prefetch.ts). */
export interface Prefetch {
  /** Regular files, no links: mode, owner, size, digest. */
  readonly files?: readonly string[];
  /** Units: their state. */
  readonly units?: readonly string[];
}

export interface Fact<T> {
  /** Unique within a host: `file:/etc/hosts`. */
  readonly id: string;
  readonly question: Question;
  /** Throws `Unreadable` when the output makes no sense; never returns a guess. */
  parse(output: string): T;
}

export class Unreadable extends Error {
  readonly fact: string;
  readonly output: string;
  constructor(fact: string, output: string, why: string) {
    super(`${fact}: ${why}`);
    this.name = 'Unreadable';
    this.fact = fact;
    this.output = output;
  }
}

/** Why something was not seen; sentences are for people, this is what programs decide by. */
export type MissingKind =
  /** No answer within the time: asked again it may be there. */
  | 'timeout'
  /** Nobody answers at that address. */
  | 'unreachable'
  /** The credential or sudo was refused. */
  | 'refused'
  /** The API names that node, and nobody asked it over ssh. */
  | 'not-asked'
  /** It was not asked for, or what would collect it is not there. */
  | 'not-collected'
  /** It answered in a form that nobody here can read. */
  | 'unreadable'
  /** The answer was longer than what is kept of it. */
  | 'cut';

/** A value that was seen, or the reason why it was not. Missing evidence is never healthy. */
export type Evidence<T = unknown> =
  | { readonly host: string; readonly source: string; readonly at: string; readonly value: T }
  | {
      readonly host: string;
      readonly source: string;
      readonly at: string;
      readonly missing: string;
      readonly kind: MissingKind;
    };
