/** The rows of `kw backup`, `kw certs` and `kw history`. */
import { access } from './access-options.js';
import type { CommandSpec, OptionSpec } from './command.js';
import { backup } from './commands-backup.js';

const json: OptionSpec = { flags: '--json', says: 'print JSON instead of text' };

export const past = (group: string, world: NonNullable<CommandSpec['exits']>): readonly CommandSpec[] => [
  backup(group, world),
  {
    name: 'certs',
    group,
    summary: 'every certificate in use: who signed it, who reads it, when it ends',
    about:
      'Lists the certificates that components of every host really use, what ends first on top, and whether the ' +
      'process that reads it has this one in memory or an older one. What merely lies about is left out.',
    options: [
      { flags: '--bundle <file>', says: 'of a bundle instead of a cluster' },
      { flags: '--hosts <list>', says: 'hosts of a cluster that Kubewizard did not build: a,b,root@c:22' },
      { flags: '--ssh-user <user>', says: 'user to log in as with --hosts (default root)' },
      { flags: '--ssh-key <path>', says: 'private key to log in with with --hosts' },
      json,
      ...access,
    ],
    examples: ['kw certs', "kw certs --json | jq '.certificates[] | select(.days < 30)'", 'kw certs --hosts cp1,cp2'],
    exits: { 2: 'one has ended, or a process has an older one loaded', 3: 'not everything could be seen', ...world },
    load: () => import('./commands/certs.js'),
  },
  {
    name: 'history',
    group,
    summary: 'what was done to this cluster from this machine, and how it ended',
    about:
      'Reads the journals beside the cluster file: every run with who began it, how it ended and whether it was ' +
      'proven, and every credential that was given. Runs from other machines are in their own journals.',
    options: [json],
    examples: ['kw history', "kw history --json | jq '.[0]'"],
    load: () => import('./commands/history.js'),
  },
];
