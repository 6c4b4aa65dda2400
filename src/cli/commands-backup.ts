/** The rows of `kw backup`. */
import { access } from './access-options.js';
import { type CommandSpec, json } from './command.js';

const load = () => import('./commands/backup.js');

type Exits = NonNullable<CommandSpec['exits']>;

const list = (world: Exits): CommandSpec => ({
  name: 'list',
  group: '',
  summary: 'list the backups on all hosts of etcd, and what each is worth',
  about:
    'Reads every backup from its first byte to its last: when it was taken, size, revision, keys, whether it is ' +
    'proven. What is cut off, changed, empty, unfinished or of another cluster is named.',
  options: [{ flags: '--prove', says: 'restore those that nobody has proven yet, each for itself' }, json, ...access],
  exits: { 2: 'one is spoiled, or none is proven', 3: 'not every host of etcd could be asked', ...world },
  load: async () => ({ run: (await load()).list }),
});

const open: CommandSpec = {
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
};

export const backup = (group: string, world: Exits): CommandSpec => ({
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
    { flags: '--yes', says: 'with --to, of an adopted cluster: copy the keys of its CAs here without asking' },
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
  commands: [list(world), open],
});

export const restore = (group: string, acting: Exits): CommandSpec => ({
  name: 'restore',
  group,
  summary: 'put a proven backup in place of what etcd holds (asks for the name of the cluster)',
  about:
    'Takes the newest proven backup, or BACKUP, restores it beside the old data on each host of etcd, stops the API, ' +
    'exchanges the data, and starts everything anew that remembers the old ones: revisions are bumped, so that every ' +
    'watch has to begin again. The old data stay on the hosts; the way back is printed. Cut off: run it again.',
  arguments: [{ name: '[backup]', says: 'HOST:NAME as kw backup list shows it (default: the newest that is proven)' }],
  options: [
    { flags: '--yes-i-mean <name>', says: "the cluster's name, instead of being asked for it" },
    { flags: '--without <a,b>', says: 'control planes and hosts of etcd that are off for good' },
    { flags: '--no-verify', says: 'leave out the proof at the end' },
    { flags: '--json', says: 'print events, one JSON object per line' },
    ...access,
  ],
  examples: ['kw restore', 'kw restore kw-1:etcd-20261128T060000Z.db', 'kw restore --without kw-3'],
  exits: acting,
  load: () => import('./commands/restore.js'),
});

export const etcd = (group: string, acting: Exits): CommandSpec => ({
  name: 'etcd',
  group,
  summary: 'etcd without its quorum: recover',
  about: 'What is done to etcd as a whole, where no member can do it.',
  examples: ['kw etcd recover', 'kw etcd recover --without kw-2,kw-3'],
  commands: [
    {
      name: 'recover',
      group: '',
      summary: 'make a cluster again of the newest member that is left (asks for the name of the cluster)',
      about:
        'Where most members have lost their data for good: copies what each that is left has (its etcd stands still ' +
        'for that), reads the copy (revision, keys, term, index), proves which is the newest and that all are parts ' +
        'of one history, and restores that to all hosts of etcd as kw restore does. Where nothing proves it, it ' +
        'refuses, and you name one. All old data stay on their hosts.',
      options: [
        {
          flags: '--member <host>',
          says: 'whose data are taken where nothing proves which are the newest, or a quorum cannot start',
        },
        { flags: '--yes-i-mean <name>', says: "the cluster's name, instead of being asked for it" },
        { flags: '--without <a,b>', says: 'control planes and hosts of etcd that are off for good' },
        { flags: '--no-verify', says: 'leave out the proof at the end' },
        { flags: '--json', says: 'print events, one JSON object per line' },
        ...access,
      ],
      exits: acting,
      load: async () => ({ run: (await import('./commands/etcd.js')).recover }),
    },
  ],
});
