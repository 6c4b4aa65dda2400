import type { Script } from './script.js';

/** One question to a host or to the API. */
export type Question = HostQuestion | ApiQuestion;

export interface HostQuestion {
  readonly ask: 'host';
  /**
   * A POSIX sh script, run as root; it changes nothing, prints the same as long as nothing has changed, and ends by
   * itself.
   */
  readonly script: Script;
  /**
   * Kills it after so many seconds (exit code 124), where the host has `timeout`. Costs three forks: for what can hang.
   */
  readonly seconds?: number;
  /** Cuts its output after so many bytes (exit code then mostly 141). Costs two forks: for what can be huge. */
  readonly bytes?: number;
  /** What it finds ready where it is asked together with others. */
  readonly prefetch?: Prefetch;
}

/** GET on the API; the answer is the JSON text `{"status":200,"body":{…}}`. */
export interface ApiQuestion {
  readonly ask: 'api';
  readonly path: string;
}

/** What one command answers for all questions of a host at once (src/shell/prefetch.ts). */
export interface Prefetch {
  /** Regular files, no links: mode, owner, size, digest. */
  readonly files?: readonly string[];
  /** Units: their state. */
  readonly units?: readonly string[];
}

/**
 * One question and the reader of its answer: of every kind of resource, of preflight, of discovery and of the clinic's
 * chart.
 */
export interface Fact<T> {
  /** Unique within a host: `file:/etc/hosts`. */
  readonly id: string;
  readonly question: Question;
  /**
   * Pure. Throws `Unreadable` when the output makes no sense, `NotSeen` when the host says that it cannot tell; never
   * returns a guess.
   */
  parse(output: string, asked?: Asked): T;
}

/** When it was asked, by the control machine's clock: milliseconds since 1970. */
export interface Asked {
  readonly sentAt: number;
  /** When the answer was whole. */
  readonly answeredAt: number;
  /** Why the answer is not whole. */
  readonly broke?: string;
}

/** The host answered that it cannot tell, and why: the program is not there, it runs nothing of the kind. */
export class NotSeen extends Error {}

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
      /** The user whom the API does not let see it. */
      readonly forbiddenTo?: string;
    };
