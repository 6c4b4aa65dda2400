/** commander's tree, made of the table of commands. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { ArgumentSpec, CommandSpec, OptionSpec } from './command.js';
import { commands } from './commands.js';
import { commandHelp, programHelp, purpose } from './help.js';
import type { Terminal } from './terminal.js';

export const defaultFile = 'cluster.yaml';

/** `done` is told the exit code of the command that ran. */
export const program = (version: string, terminal: Terminal, done: (code: number) => void): Command => {
  const root = new Command('kw')
    .description(purpose)
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput(terminal)
    .showHelpAfterError('Try --help after the command.')
    .helpOption('-h, --help', 'print this help')
    .addOption(fileOption())
    .addHelpText('after', programHelp)
    .commandsGroup('Learn and develop:')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ subcommandTerm: term });
  for (const spec of commands) add(root, spec, async run => done(await run(root)));
  return root;
};

/** Every command has options; saying so in each line of the list says nothing. */
const term = (command: Command): string =>
  [
    command.name(),
    ...command.registeredArguments.map(argument =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    ),
  ].join(' ');

const fileOption = (): Option => new Option('-f, --file <path>', `cluster file (default ${defaultFile})`);

/** `call` is given what runs the command, and gives it the whole program. */
type Call = (run: (root: Command) => Promise<number>) => Promise<void>;

const add = (parent: Command, spec: CommandSpec, call: Call): void => {
  const command = parent
    .command(spec.name)
    .summary(spec.summary)
    .description(spec.about)
    .helpCommand(false)
    .addHelpText('after', commandHelp(spec));
  if (spec.group) command.helpGroup(spec.group);
  for (const argument of spec.arguments ?? []) command.addArgument(argumentOf(argument));
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  if (spec.fileless !== true) command.addOption(fileOption());
  if (spec.passThrough) command.passThroughOptions();
  for (const child of spec.commands ?? []) add(command.enablePositionalOptions(), child, call);
  const { load } = spec;
  if (load) command.action(() => call(async root => (await load()).run(optionsOf(command, spec) as never, root)));
};

/** One flat object: options, and arguments by their names. */
const optionsOf = (command: Command, spec: CommandSpec): Record<string, unknown> => {
  const named = Object.fromEntries(
    (spec.arguments ?? []).map((argument, index) => [bare(argument.name), command.processedArgs[index] as unknown]),
  );
  return { ...(spec.fileless === 'unless given' ? {} : { file: defaultFile }), ...command.optsWithGlobals(), ...named };
};

const bare = (name: string): string => name.replace(/[<>[\].]/g, '');

const argumentOf = (spec: ArgumentSpec): Argument => {
  const argument = new Argument(spec.name, spec.says);
  return spec.among ? argument.choices(spec.among) : argument;
};

const optionOf = (spec: OptionSpec): Option => {
  const option = new Option(spec.flags, spec.says);
  if (spec.among) option.choices(spec.among);
  if (spec.repeat) option.argParser((value: string, all: readonly string[] | undefined) => [...(all ?? []), value]);
  if (spec.count) option.argParser(count);
  return option;
};

const count = (text: string): number => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
};
