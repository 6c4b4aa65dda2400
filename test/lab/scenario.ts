/**
 * A lab scenario: real hosts, the real program, one story. A file `NAME.scenario.ts` exports `name` and `run(t)`, and
 * may export `minutes`, `share` and `rotates`.
 */
import type { LabState } from '../../src/lab/index.js';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Scenario {
  readonly name: string;
  /** After this many minutes it has failed. Default 10. */
  readonly minutes?: number;
  /**
   * It may fill this part of the time that is left, until KW_TEST_UNTIL (milliseconds of Date.now()), and comes after
   * all others.
   */
  readonly share?: number;
  /** It is played on some days only, where a run plays everything and KW_TEST_FULL=1 is not set. */
  readonly rotates?: boolean;
  run(t: Stage): Promise<void>;
}

export interface Stage {
  /** A folder of its own, the working directory of `kw`; kept when the scenario fails. */
  readonly dir: string;
  /** Name of the lab that is this run's own, for `kw lab … --name`. */
  readonly labName: string;
  /** Brings the run's lab up. It is taken down after the scenario, whatever happens. */
  lab(hosts?: number): Promise<LabState>;
  /** Runs ./kw in `dir`; `input` is its stdin. Never rejects because of an exit code. */
  kw(args: readonly string[], how?: { readonly input?: string; readonly signal?: AbortSignal }): Promise<Output>;
  /** As `kw`, and fails the scenario unless it exits 0. */
  ok(args: readonly string[]): Promise<Output>;
  /** Runs a command as root on a host of the lab. */
  on(host: string, command: string): Promise<Output>;
  /** A part of the story: named and timed in the log. */
  step<T>(says: string, work: () => Promise<T>): Promise<T>;
  /**
   * What was measured, and what it may be at most. It fails the scenario where KW_TEST_BARS=1 asks for it: on a machine
   * that does other things meanwhile, a time says nothing about this program.
   */
  bar(says: string, value: number, most: number): void;
  /** Says something in the log. */
  note(says: string): void;
}
