/** The rows of what is done to a cluster that lives. */
import { access } from './access-options.js';
import type { CommandSpec, OptionSpec } from './command.js';
import { etcd, restore } from './commands-backup.js';
import { replace } from './commands-replace.js';
import { rotate } from './commands-rotate.js';
import { revive } from './commands-revive.js';
import { drainOptions } from './drain-options.js';

const upgradeOptions: readonly OptionSpec[] = [
  { flags: '--check', says: 'say what will bite, and change nothing' },
  {
    flags: '--rehearse',
    says: 'let the API server of VERSION read the newest backup; nothing of the cluster changes',
  },
  { flags: '--hosts <list>', says: 'with --check: hosts of a cluster that Kubewizard did not build: a,b,root@c:22' },
  { flags: '--kubeconfig <file>', says: 'with --check: ask only the API, by this kubeconfig' },
  { flags: '--ssh-user <user>', says: 'user to log in as with --hosts (default root)' },
  { flags: '--ssh-key <path>', says: 'private key to log in with with --hosts' },
  { flags: '--yes', says: 'do not ask (never covers what could lose data)' },
  { flags: '--no-verify', says: 'leave out the proof at the end' },
  { flags: '--json', says: 'print JSON instead of text; of an upgrade: events, one object per line' },
  { flags: '--verbose', says: 'everything that is hit, and what is only good to know' },
];

const upgrade = (group: string, acting: NonNullable<CommandSpec['exits']>): CommandSpec => ({
  name: 'upgrade',
  group,
  summary: 'go to a newer Kubernetes; --check says first what will bite',
  about:
    'With --check it changes nothing: it looks for everything that the next minor (or VERSION) takes away from this ' +
    'cluster, by name: API versions and who still writes them, flags, feature gates, volumes, the gates of etcd, ' +
    'skew, what a drain will meet. With --rehearse the newest backup is restored beside the cluster on one control ' +
    'plane, and read by the API server of VERSION: does it start with your flags, and is everything there? Without ' +
    'either, it checks, writes VERSION behind kubernetes: in the cluster file ' +
    '(shows the change, asks) and goes on as kw up does. A blocker stops it before anything is changed.',
  arguments: [{ name: '[version]', says: 'exact version, such as 1.36.4 (--check: default the next minor)' }],
  options: [...upgradeOptions, ...drainOptions, ...access],
  examples: [
    'kw upgrade --check',
    'kw upgrade --check 1.37.2',
    'kw upgrade --check --hosts cp1,cp2,w1',
    'kw upgrade --rehearse 1.36.4',
    'kw upgrade 1.36.4',
  ],
  exits: {
    2: 'something will bite, or broke in the rehearsal; nothing was changed',
    3: 'nothing found, but not everything could be seen',
    ...acting,
  },
  load: () => import('./commands/upgrade.js'),
});

export const changing = (group: string, acting: NonNullable<CommandSpec['exits']>): readonly CommandSpec[] => [
  upgrade(group, acting),
  replace(group, acting),
  rotate(group, acting),
  revive(group, acting),
  restore(group, acting),
  etcd(group, acting),
];
