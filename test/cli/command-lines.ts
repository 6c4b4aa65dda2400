/** Lines with `kw …` in texts that people copy: found, and parsed as the program itself parses them, without running. */
import { type Command, CommanderError } from 'commander';
import type { CommandSpec } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands.js';
import { program } from '../../src/cli/program.js';

const names = new Set(commands.map(({ name }) => name).concat('help'));

/** Code of a Markdown page: lines of fenced and indented blocks, and what stands in backticks in a sentence. */
export const codeOf = (page: string): { readonly lines: readonly string[]; readonly spans: readonly string[] } => {
  const fenced = [...page.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
  const rest = page.replaceAll(/^```[^\n]*\n[\s\S]*?^```/gm, '');
  const indented = rest.split('\n').filter(line => /^ {4}\S/.test(line));
  const spans = [...rest.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  return { lines: [...fenced.flatMap(text => text.split('\n')), ...indented], spans };
};

/** Each call of kw in a line of a shell, from its first word to where the shell takes over again. */
export const callsIn = (line: string): readonly string[] =>
  line.split(/\s*(?:&&|\|\||;)\s*|\s\|\s|<\(/).flatMap(piece => {
    const [, rest] = /^\s*(?:sudo )?(?:\.\/)?kw\s+(.*)$/.exec(piece) ?? [];
    return rest === undefined ? [] : [(rest.split(/\s[#<>]|\)/)[0] ?? '').trim()];
  });

/** What a sentence leaves out: `kw mirror` is the command, whatever it needs. */
const unfinished = ['commander.missingArgument', 'commander.optionMissingArgument', 'commander.help'];

/** Why the program would refuse these words; undefined: it takes them. `named`: they stand in a sentence. */
export const refusal = (call: string, named = false): string | undefined => {
  const words = wordsOf(call);
  // `kw COMMAND --help` speaks of any.
  if (words.length === 0 || /^[A-Z]+$/.test(words[0] ?? '')) return undefined;
  let output = '';
  const root = program('0', { writeOut: () => {}, writeErr: text => (output += text) }, () => {});
  silence(root, commands);
  try {
    root.parse(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || (named && unfinished.includes(error.code))) return undefined;
    return output.split('\n')[0] || error.message;
  }
};

/** The same of a call in prose (`then kw doctor: …`): the command and its options alone. */
export const refusalInProse = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![\w./-])kw ([a-z]+)((?: --[a-z-]+)*)/g)].flatMap(([call, name = '', options = '']) => {
    if (!names.has(name)) return verbs.has(name) ? [] : [`${call}: neither a command nor a verb`];
    const known = new Set(
      commands.find(one => one.name === name)?.options?.flatMap(({ flags }) => flags.match(/--[\w-]+/g) ?? []),
    );
    return options
      .split(' ')
      .filter(option => option !== '' && option !== '--help' && !known.has(option))
      .map(option => `${call}: there is no ${option}`);
  });

/** What the tool does, in sentences about it: a word that is new here is no command that somebody forgot. */
const verbs = new Set(
  (
    'does did do and is was has can may must that cannot would will sees reads writes copies puts gives knows keeps makes ' +
    'takes changes asks wants needs brings sets builds built moves installs uses leaves refuses itself alone for of from on ' +
    'to in with or as by at it a the not no never shows wrote signs had any came upgrades all'
  ).split(' '),
);

/** What has an action of its own must not run, also where commands stand below it: `kw backup`. */
const silence = (command: Command, specs: readonly CommandSpec[]): void => {
  for (const child of command.commands) {
    const spec = specs.find(one => one.name === child.name());
    if (child.commands.length === 0 || spec?.load) child.action(() => {});
    silence(child, spec?.commands ?? []);
  }
};

/** Of `bash|zsh|fish` the first; what is in brackets may be left out, and is taken. */
const wordsOf = (call: string): readonly string[] =>
  (call.replaceAll(/[[\]]/g, '').match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map(word =>
    word.replace(/^['"]|['"]$/g, '').replace(/^(\w+)(\|\w+)+$/, '$1'),
  );
