/**
 * What a command of the program is, as data: main.ts makes commander's tree of it, `completion` and the tests read it.
 */

import type { Command } from 'commander';

/** `--flag`, `-f, --flag <value>` (a shell completes `<path>` with files); `among`: the words that are allowed. */
export interface OptionSpec {
  readonly flags: string;
  readonly says: string;
  readonly among?: readonly string[];
  /** May be given more than once; the option's value is then a list. */
  readonly repeat?: true;
  /** A whole number from 1; the option's value is then a number. */
  readonly count?: true;
}

/** Of every command that answers with text. */
export const json: OptionSpec = { flags: '--json', says: 'print JSON instead of text' };

/** Positional: `<host>` (a shell completes it with hosts), `[cases...]`. */
export interface ArgumentSpec {
  readonly name: string;
  readonly says: string;
  readonly among?: readonly string[];
}

/**
 * Every option and argument under its name in camel case; `file` is the cluster file's path, `cluster.yaml` unless
 * given.
 */
export type RunCommand = (options: never, program: Command) => Promise<number>;

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly about: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples?: readonly string[];
  /** Beyond those that every command has. */
  readonly exits?: Readonly<Record<number, string>>;
  /** Does without a cluster file; `unless given`: takes one, and has no default. */
  readonly fileless?: true | 'unless given';
  /** Options behind the first argument belong to what is run there. */
  readonly passThrough?: true;
  /** Loads the command's module, and with it what is heavy, only when it is called. */
  readonly load?: () => Promise<{ readonly run: RunCommand }>;
  readonly commands?: readonly CommandSpec[];
}

/** One without its place in the help: the table that has it gives it that. */
export type CommandRow = Omit<CommandSpec, 'group'>;
