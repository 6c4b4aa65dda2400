/** The commands, in the order of the help. A new one is a row here and a module that exports `run`. */
import { stages } from '../model/resource.js';
import { type CommandSpec, type OptionSpec, json } from './command.js';
import { drainOptions } from './drain-options.js';
import { access } from './access-options.js';
import { adopt } from './commands-adopt.js';
import { clinic } from './commands-clinic.js';
import { completion, docs } from './commands-docs.js';
import { kubeconfig } from './commands-kubeconfig.js';
import { lab } from './commands-lab.js';
import { past } from './commands-past.js';
import { token } from './commands-token.js';
import { newEtcd, takeOver } from './typed-options.js';
import { changing } from './commands-upgrade.js';
import { verify } from './commands-verify.js';

const build = 'Build a cluster:';
const run = 'Live with it:';
const cure = 'When it is ill:';
const learn = 'Learn and develop:';

const until: OptionSpec = { flags: '--until <stage>', says: 'stop after this stage', among: stages.slice(1) };
const world = {
  10: 'a host or the API was unreachable',
  11: 'a login was refused',
  12: 'something took too long',
  13: 'a command on a host failed',
  14: 'a host, or a consent that was not given, refused it',
};
const acting = {
  ...world,
  15: 'a host is other than the plan saw it (drift): plan again',
  16: 'done, but not proven',
  17: 'another run holds the lock',
  130: 'you interrupted it: run it again, it goes on from there',
};

export const commands: readonly CommandSpec[] = [
  {
    name: 'quickstart',
    group: build,
    fileless: true,
    summary: 'make five hosts on this machine and a cluster on them, and prove it',
    about:
      'Makes a lab of real hosts on this machine (root, Debian), builds a highly available cluster on them, ' +
      'proves that it carries traffic, and says what to do next. Run again, it goes on where it stopped.',
    options: [{ flags: '--hosts <n>', says: 'how many hosts (default 5)', count: true }, json],
    examples: ['sudo kw quickstart', 'kw lab down                   # and all of it is gone'],
    exits: acting,
    load: () => import('./commands/quickstart.js'),
  },
  {
    name: 'init',
    group: build,
    fileless: true,
    summary: 'write a cluster file: asks on a terminal, takes flags without one',
    about:
      'Asks a few questions (or takes the flags), tries the keys that are here, looks at the hosts over ssh where ' +
      'it can, and writes a commented cluster file. Every answer is checked when it is given. An existing file is ' +
      'never overwritten.',
    options: [
      { flags: '-f, --file <path>', says: 'where to write (default cluster.yaml)' },
      { flags: '--name <name>', says: 'name of the cluster' },
      {
        flags: '--host <name=address[,role...]>',
        says:
          'a host, or a range: kw-[1-3]=10.0.0.[11-13],etcd,controlPlane; a name that ssh or DNS knows will do ' +
          '(repeatable)',
        repeat: true,
      },
      { flags: '--kubernetes <version>', says: 'exact version, such as 1.29.3' },
      { flags: '--endpoint <address[:port]>', says: 'virtual address of the API' },
      { flags: '--ssh-user <user>', says: 'user to log in as (default: that of ~/.ssh/config, else root)' },
      { flags: '--ssh-key <path>', says: 'private key (default: as ssh finds it)' },
      {
        flags: '--source <source>',
        says: 'where binaries come from',
        among: ['auto', 'release', 'mirror', 'go', 'debian'],
      },
      { flags: '--no-look', says: 'do not look at the hosts over ssh' },
      ...access,
    ],
    examples: ['kw init', "kw init --name prod --host 'kw-[1-3]=10.0.0.[1-3]' --endpoint 10.0.0.100"],
    exits: { 130: 'you cancelled; nothing was written' },
    load: () => import('./commands/init.js'),
  },
  adopt(build, world),
  {
    name: 'plan',
    group: build,
    summary: 'show what would change, per host, and change nothing',
    about:
      'Looks at every host in one round trip and shows what differs from the cluster file: with diffs ' +
      '(secrets masked), what restarts, the risk and an estimate of the time. With a file of kw adopt: what it would ' +
      'take to make a cluster of Kubewizard of it, and what stands in the way.',
    options: [
      json,
      until,
      {
        flags: '--explain-defaults',
        says: 'print every default that the cluster file leaves to Kubewizard, with its reason, and stop',
      },
      {
        flags: '--explain-ssh <host>',
        says: 'print how ssh reaches this host, what of ~/.ssh/config and which client that takes, and stop',
      },
      { flags: '--verbose', says: 'all diffs in full length' },
      takeOver,
      newEtcd,
      ...access,
    ],
    examples: [
      'kw plan',
      'kw plan --until etcd --verbose',
      'kw plan --json | jq .steps[].id',
      'kw plan --explain-defaults',
      'kw plan --explain-ssh kw-1',
    ],
    exits: { 2: 'there are changes', 3: 'none, but not every host could be seen', ...world },
    load: () => import('./commands/plan.js'),
  },
  {
    name: 'up',
    group: build,
    summary: 'carry the plan out, with live progress, and prove the result',
    about:
      'Shows the plan, asks by its risk, carries it out and proves it: nodes Ready, pods reach pods, ' +
      'Services, DNS, logs and exec. A first build asks once, and begins when all its hosts are seen. ' +
      'Interrupted anywhere, run it again: what is done is skipped.',
    options: [
      { flags: '--yes', says: 'do not ask (never covers what could lose data)' },
      { flags: '--yes-i-mean <name>', says: "the cluster's name: a host leaves that nobody can see, and it is off" },
      { flags: '--json', says: 'print events, one JSON object per line' },
      until,
      { flags: '--no-verify', says: 'leave out the proof at the end' },
      { flags: '--without <w1,w2>', says: 'begin a first build though these workers cannot be seen' },
      takeOver,
      newEtcd,
      ...drainOptions,
      ...access,
    ],
    examples: ['kw up', 'kw up --until etcd', 'kw up --without kw-4,kw-5', 'kw up --yes --json > events.jsonl'],
    exits: acting,
    load: () => import('./commands/up.js'),
  },
  {
    name: 'mirror',
    group: build,
    summary: 'write a folder with all files of a version, for a site without internet',
    about:
      'Fetches what a cluster of this version needs (from the cache where it is there already) and lays it ' +
      'out as source mirror reads it. Other versions in the folder stay.',
    arguments: [{ name: '<dir>', says: 'the folder' }],
    options: [
      { flags: '--kubernetes <version>', says: 'exact version, such as 1.29.3 (default: what the cluster file says)' },
      { flags: '--source <source>', says: 'where to fetch it', among: ['auto', 'release', 'mirror', 'go', 'debian'] },
      json,
    ],
    examples: ['kw mirror /media/usb/kubewizard', 'kw mirror mirror --kubernetes 1.29.3 --source release'],
    exits: world,
    load: () => import('./commands/mirror.js'),
  },
  verify(run, acting),
  {
    name: 'status',
    group: run,
    summary: 'health of every component on every host, also with the API down',
    about:
      'Asks every host, and the API where it answers, and shows what runs and what does not, and how the ' +
      'whole is: the quorum of etcd, the holder of the virtual address, the cluster DNS, the metrics API. What ' +
      'nobody could see is unknown, never well.',
    options: [json, ...access],
    examples: ['kw status', 'kw status --json'],
    exits: { 2: 'something is ill', 3: 'not every host or component could be seen', ...world },
    load: () => import('./commands/status.js'),
  },
  ...changing(run, acting),
  ...past(run, world),
  kubeconfig(run, world),
  token(run, world),
  {
    name: 'reset',
    group: run,
    summary: 'leave the hosts as they were before Kubewizard (asks first)',
    about:
      'Saves a snapshot of etcd beside the cluster file (.kubewizard/NAME/backup), then stops the cluster ' +
      'and removes everything that Kubewizard put on the hosts: units, files, interfaces, iptables rules, ' +
      'mounts, and all data of the cluster. Files that it had replaced come back. Packages stay, with their ' +
      'units stopped. What stays on this machine (keys, journal, backup) is said at the end.',
    options: [
      { flags: '--yes-i-mean <name>', says: "the cluster's name, instead of being asked for it" },
      { flags: '--without-backup', says: 'do not save a snapshot of etcd on this machine first' },
      { flags: '--remove-keys', says: "remove the cluster's keys from this machine too, when it is over" },
      takeOver,
      { flags: '--json', says: 'print events, one JSON object per line' },
      ...access,
    ],
    examples: ['kw reset', 'kw reset --yes-i-mean prod'],
    exits: acting,
    load: () => import('./commands/reset.js'),
  },
  ...clinic(cure),
  lab(learn),
  {
    name: 'test',
    group: learn,
    fileless: true,
    summary: 'check the program itself: types, units, and scenarios in a lab',
    about:
      'Runs the checks, the unit tests and, as root on Linux, the lab scenarios, one after another. The last ' +
      'line is: N passed, N failed, N skipped.',
    options: [
      { flags: '--unit', says: 'only checks and unit tests' },
      { flags: '--lab', says: 'only lab scenarios' },
      { flags: '--only <name>', says: 'only what has this in its name', repeat: true },
    ],
    examples: ['kw test', 'kw test --unit', 'kw test --lab --only noop'],
    exits: { 1: 'a test failed' },
    load: () => import('./commands/test.js'),
  },
  docs,
  completion,
];
