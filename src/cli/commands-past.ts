/** The rows of `kw backup`, `kw certs`, `kw drift` and `kw history`. */
import { access } from './access-options.js';
import { type CommandSpec, json } from './command.js';
import { backup } from './commands-backup.js';

type Exits = NonNullable<CommandSpec['exits']>;

const renew = (world: Exits): CommandSpec => ({
  name: 'renew',
  group: '',
  summary: 'sign every certificate of an adopted cluster again, now',
  about:
    'For clusters that Kubewizard did not build: each certificate that the CAs of the cluster have signed for ' +
    'its components, and each kubeconfig of theirs, is signed again with the same names, for a year. API ' +
    'servers and etcd read theirs again by themselves; controller manager and scheduler are started anew, ' +
    'since they read a kubeconfig once. What is not proven afterwards is taken back. What the kubelets have ' +
    'they renew by themselves. The keys of the CAs are copied here first, and it says so.',
  options: [
    { flags: '--dry-run', says: 'show the plan and change nothing' },
    { flags: '--yes', says: 'do not ask' },
    { flags: '--hosts <list>', says: 'hosts, instead of a cluster file: a,b,root@c:22' },
    { flags: '--ssh-user <user>', says: 'user to log in as with --hosts (default root)' },
    { flags: '--ssh-key <path>', says: 'private key to log in with with --hosts' },
    { flags: '--json', says: 'print events, one JSON object per line, the outcome last' },
    ...access,
  ],
  examples: ['kw certs renew --dry-run', 'kw certs renew --yes'],
  exits: { 2: 'something is left as it was', 16: 'not proven: it was taken back', ...world },
  load: async () => ({ run: (await import('./commands/certs.js')).renewAll }),
});

const certs = (group: string, world: Exits): CommandSpec => ({
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
  commands: [renew(world)],
});

const drift = (group: string, world: Exits): CommandSpec => ({
  name: 'drift',
  group,
  summary: 'what was changed since the last run, since when, and by whom as far as known',
  about:
    'Looks at every host and at the API as kw plan does, changes nothing, and compares with what the last kw up ' +
    'left. For each difference: from what to what (secrets masked), since when, and by whom as far as the host ' +
    'wrote it down: sudo and logins, the logs of apt and dpkg, auditd, managed fields and the audit log of the ' +
    'API. ' +
    'What the cluster file asks for and was not applied yet is told apart: no host has drifted by it. What nobody ' +
    'wrote down is not known, and a host that was not seen is named.',
  options: [json, { flags: '--verbose', says: 'diffs in full length' }, ...access],
  examples: ['kw drift', 'kw drift --verbose', "kw drift --json | jq '.differences[] | {host, key, by}'"],
  exits: { 2: 'something has drifted', 3: 'nothing, but not everything could be seen', ...world },
  load: () => import('./commands/drift.js'),
});

const history = (group: string): CommandSpec => ({
  name: 'history',
  group,
  summary: 'what was done to this cluster from this machine, and how it ended',
  about:
    'Reads the journals beside the cluster file: every run with who began it, how it ended and whether it was ' +
    'proven, and every credential that was given. Runs from other machines are in their own journals.',
  options: [json],
  examples: ['kw history', "kw history --json | jq '.[0]'"],
  load: () => import('./commands/history.js'),
});

export const past = (group: string, world: Exits): readonly CommandSpec[] => [
  backup(group, world),
  certs(group, world),
  drift(group, world),
  history(group),
];
