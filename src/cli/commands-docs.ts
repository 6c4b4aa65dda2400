/** `kw docs`, as a row of the table of commands. */
import type { CommandSpec } from './command.js';

export const docs: CommandSpec = {
  name: 'docs',
  group: 'Learn and develop:',
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
