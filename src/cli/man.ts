/** man/kw.1, made of the table of commands: npx tsx scripts/generate-docs.ts writes it. */
import type { CommandSpec, OptionSpec } from './command.js';
import { commonExits, purpose } from './help.js';

/** @param version Of the program. */
export const manPage = (version: string, commands: readonly CommandSpec[]): string =>
  [
    `.TH KW 1 "" "kubewizard ${version}" "Kubewizard"`,
    ...section('NAME', 'kw - build, keep and cure Kubernetes clusters on Linux hosts'),
    ...section('SYNOPSIS', ''),
    '.B kw',
    text('[-f cluster.yaml] command [option ...]'),
    ...section('DESCRIPTION', purpose),
    '.PP',
    text(
      'The manual comes with the program: "kw docs" has the list of its pages, "kw docs cluster-file" every key of ' +
        'the cluster file.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(command => commandLines(command, 'kw')),
    '.SH EXIT STATUS',
    ...Object.entries({ ...commonExits, 130: 'you interrupted it' }).flatMap(([code, says]) => item(code, says)),
    '.SH ENVIRONMENT',
    ...item('KW_DEBUG', 'With 1, a bug of kw shows its stack.'),
    ...item('NO_COLOR', 'When set, nothing is coloured.'),
    '.SH FILES',
    ...item('cluster.yaml', 'The cluster file, unless -f names another.'),
    ...item('.kubewizard/', "Beside the cluster file: the cluster's keys, journals and backups. Never part of git."),
    '',
  ].join('\n');

const commandLines = (command: CommandSpec, above: string): readonly string[] => {
  const name = `${above} ${command.name}`;
  const takes = (command.arguments ?? []).map(one => one.name);
  return [
    ...(command.load ? [`.SS ${[name, ...takes].map(roff).join(' ')}`, text(command.about)] : []),
    ...(command.load ? (command.options ?? []).flatMap(optionLines) : []),
    ...(command.load ? examples(command) : []),
    ...(command.load ? exits(command) : []),
    ...(command.commands ?? []).flatMap(child => commandLines(child, name)),
  ];
};

const optionLines = ({ flags, says, among }: OptionSpec): readonly string[] =>
  item(flags, among ? `${says} (${among.join(', ')})` : says);

const examples = ({ examples: all = [] }: CommandSpec): readonly string[] =>
  all.length === 0 ? [] : ['.PP', 'Examples:', '.PP', '.nf', '.RS', ...all.map(text), '.RE', '.fi'];

const exits = ({ exits: own = {} }: CommandSpec): readonly string[] => {
  const all = Object.entries(own);
  return all.length === 0
    ? []
    : ['.PP', text(`Exit status: ${all.map(([code, says]) => `${code} ${says}`).join('; ')}.`)];
};

const section = (name: string, says: string): readonly string[] => [`.SH ${name}`, ...(says ? [text(says)] : [])];

const item = (tag: string, says: string): readonly string[] => ['.TP', `.B ${roff(tag)}`, text(says)];

/** A line that begins with a dot or a quote would be a request. */
const text = (says: string): string => roff(says).replace(/^([.'])/, '\\&$1');

const roff = (says: string): string => says.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
