/** `kw docs` and `kw completion`, as rows of the table of commands. */
import type { CommandSpec } from './command.js';

const learn = 'Learn and develop:';

export const docs: CommandSpec = {
  name: 'docs',
  group: learn,
  fileless: true,
  summary: 'print a page of the manual: the cluster file, ssh, security',
  about:
    'Lists the pages of the manual, or prints one, as Markdown. cluster.schema.json is for editors, ' + 'kw.1 for man.',
  arguments: [{ name: '[page]', says: 'a page (default: the list of them)' }],
  examples: [
    'kw docs',
    'kw docs cluster-file | less',
    'kw docs cluster.schema.json > cluster.schema.json',
    'kw docs kw.1 | man -l -',
  ],
  load: () => import('./commands/docs.js'),
};

export const completion: CommandSpec = {
  name: 'completion',
  group: learn,
  fileless: true,
  summary: 'print a completion script for your shell',
  about: 'Completes commands, options, stages and hosts.',
  arguments: [{ name: '<shell>', says: 'your shell', among: ['bash', 'zsh', 'fish'] }],
  examples: [
    'source <(kw completion bash)',
    'kw completion zsh > ~/.zfunc/_kw   # a folder in fpath',
    'kw completion fish > ~/.config/fish/completions/kw.fish',
  ],
  load: () => import('./commands/completion.js'),
};
