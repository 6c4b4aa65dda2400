/** The rows of `kw backup`. */
import { access } from './access-options.js';
import type { CommandSpec, OptionSpec } from './command.js';

const json: OptionSpec = { flags: '--json', says: 'print JSON instead of text' };
const load = () => import('./commands/backup.js');

export const backup = (group: string, world: NonNullable<CommandSpec['exits']>): CommandSpec => ({
  name: 'backup',
  group,
  summary: 'take a backup of etcd now and prove it; list: what backups there are',
  about:
    'Takes a snapshot of etcd on one of its hosts and proves it there: it is restored into a folder of its own, an ' +
    'etcd is started on that, and keys, revision and hash are compared with the living etcd. The hosts do the same ' +
    'by themselves every six hours. What is proven says so in a file beside it.',
  options: [
    { flags: '--to <dir>', says: 'bring it here too, with the cluster file and all keys, in one encrypted file' },
    { flags: '--recipient <key>', says: 'with --to: an age public key (age1…) whose owner can open it', repeat: true },
    { flags: '--passphrase-file <path>', says: 'with --to: its first line opens it (default: it is asked for)' },
    json,
    ...access,
  ],
  examples: [
    'kw backup',
    'kw backup --to /mnt/safe --recipient age1qyq…',
    'kw backup list',
    'kw backup list --prove',
    "kw backup list --json | jq '.backups[0]'",
  ],
  exits: { ...world, 14: 'no host of etcd could take one', 16: 'taken, but not proven' },
  load,
  commands: [
    {
      name: 'list',
      group: '',
      summary: 'list the backups on all hosts of etcd, and what each is worth',
      about:
        'Reads every backup from its first byte to its last: when it was taken, size, revision, keys, whether it is ' +
        'proven. What is cut off, changed, empty, unfinished or of another cluster is named.',
      options: [
        { flags: '--prove', says: 'restore those that nobody has proven yet, each for itself' },
        json,
        ...access,
      ],
      exits: { 2: 'one is spoiled, or none is proven', 3: 'not every host of etcd could be asked', ...world },
      load: async () => ({ run: (await load()).list }),
    },
    {
      name: 'open',
      group: '',
      fileless: true,
      summary: 'open a file that kw backup --to has written, into a new folder',
      about:
        'Writes what it holds into FOLDER, which must not be there yet: the snapshot (etcd.db), the cluster file and ' +
        'the keys (kubewizard/, as .kubewizard/NAME has them). `age -d FILE | tar x` does the same.',
      arguments: [
        { name: '<sealed>', says: 'the file' },
        { name: '<folder>', says: 'a new folder' },
      ],
      options: [
        { flags: '--identity <path>', says: 'file with an age secret key' },
        { flags: '--passphrase-file <path>', says: 'its first line is the passphrase (default: it is asked for)' },
      ],
      examples: ['kw backup open prod-20261128T230606Z.kwbackup opened --identity key.txt'],
      exits: { 14: 'it does not open: wrong key or passphrase, or damaged' },
      load: async () => ({ run: (await load()).open }),
    },
  ],
});
