/** The clinic's commands, as rows of the table. */
import { access } from './access-options.js';
import { type CommandRow, type CommandSpec, type OptionSpec, json } from './command.js';

const evidenceOptions: readonly OptionSpec[] = [
  { flags: '--bundle <file>', says: 'examine a bundle instead of a cluster' },
  { flags: '--kubeconfig <file>', says: 'ask only the API, by this kubeconfig, and examine the file too' },
  { flags: '--hosts <list>', says: 'hosts of a cluster that Kubewizard did not build: a,b,root@c:22' },
  { flags: '--ssh-user <user>', says: 'user to log in as with --hosts (default root)' },
  { flags: '--ssh-key <path>', says: 'private key to log in with with --hosts' },
  { flags: '--stopped <host>', says: 'a host that is stopped on purpose (repeatable)', repeat: true },
];
const readOnly: OptionSpec = {
  flags: '--read-only',
  says: 'send no packets between pods (traffic is then not measured)',
};
const exits = { 2: 'something is ill', 3: 'could not see enough to call it healthy' };

const doctor: CommandRow = {
  name: 'doctor',
  summary: 'find out what is ill, why, and what cures it; changes nothing',
  about:
    'Gathers evidence from every host (one script each, over ssh) and from the API where it answers, tests ' +
    'every known illness against it, and shows causes before consequences: the proof, the therapy, how to ' +
    'see it yourself, what was refuted and what could not be seen.',
  options: [
    { flags: '--symptom <text>', says: 'test only what this error text can mean' },
    ...evidenceOptions,
    readOnly,
    json,
    { flags: '--html <file>', says: 'write the report as one page' },
    { flags: '--save <file>', says: 'keep the evidence as a bundle' },
    { flags: '--verbose', says: 'every gap, every refuted illness, every harmless line' },
    ...access,
  ],
  examples: [
    'kw doctor',
    "kw doctor --symptom 'x509: certificate signed by unknown authority'",
    'kw doctor --hosts cp1,cp2,worker1',
    'kw doctor --bundle prod.kwbundle --html report.html',
  ],
  exits,
  load: () => import('./commands/doctor.js'),
};

const heal: CommandRow = {
  name: 'heal',
  summary: 'cure what the doctor finds, and prove it by asking again',
  about:
    'Shows the therapy of every cause (or of the cases that are named) as one plan with its risk, asks, ' +
    'keeps what it will change, carries it out and asks all cases again. If the case is not healthy then, ' +
    'or another one has become ill, the therapy is taken back. A run that was cut off is simply run again.',
  arguments: [{ name: '[cases...]', says: 'only these: CASE or CASE/VARIANT' }],
  options: [
    { flags: '--dry-run', says: 'show the plan and change nothing' },
    { flags: '--yes', says: 'do not ask (never covers what could lose data)' },
    { flags: '--yes-i-mean <name>', says: "the cluster's name, for a therapy that could lose data" },
    ...evidenceOptions.filter(one => !/^--(bundle|kubeconfig)/.test(one.flags)),
    { flags: '--json', says: 'print events, one JSON object per line, the outcome last' },
    ...access,
  ],
  examples: ['kw heal --dry-run', 'kw heal --yes', 'kw heal leaf-certificate-expired'],
  exits: {
    ...exits,
    10: 'a host or the API was unreachable',
    13: 'a command on a host failed; what was done is taken back',
    14: 'you did not agree, or no backup could be made',
    16: 'not cured: the therapy was taken back',
    17: 'another run holds the lock',
  },
  load: () => import('./commands/heal.js'),
};

const explain: CommandRow = {
  name: 'explain',
  fileless: 'unless given',
  summary: 'what an error text can mean, and with a cluster at hand which of it is true',
  about:
    'Takes error text (or a cure that somebody proposes) as arguments or from a pipe, undoes what ' +
    'terminals and logs do to it, and names the illnesses behind it and their harmless twins: symptom, ' +
    'proof, therapy. With -f, --hosts, --kubeconfig or --bundle each is tested, and what is confirmed is ' +
    'shown as kw doctor shows it. "Forbidden" is answered with who, what is bound, and the smallest role.',
  arguments: [{ name: '[text...]', says: 'the text; without it, or with -, it is read from the pipe' }],
  options: [...evidenceOptions, readOnly, json, ...access],
  examples: [
    "kw explain 'cni config uninitialized'",
    'journalctl -u kubelet -n 50 | kw explain',
    "kw explain -f cluster.yaml 'Unauthorized'",
  ],
  exits: { 2: 'tested: something of it is ill', 3: 'no case says this, or not enough could be seen' },
  load: () => import('./commands/explain.js'),
};

const bundle: CommandRow = {
  name: 'bundle',
  summary: 'all evidence in one redacted file, to examine on another machine',
  about: 'Gathers what kw doctor looks at and writes it into one file without keys, tokens and secrets.',
  options: [
    { flags: '-o, --output <file>', says: 'where to write (default NAME.kwbundle)' },
    ...evidenceOptions.filter(one => !one.flags.startsWith('--bundle')),
    readOnly,
    ...access,
  ],
  examples: ['kw bundle -o prod.kwbundle', 'kw doctor --bundle prod.kwbundle'],
  exits: { 3: 'of some hosts nothing could be seen' },
  load: () => import('./commands/bundle.js'),
};

const cases: CommandRow = {
  name: 'cases',
  fileless: true,
  summary: 'the illnesses that are known, or the page of one',
  about: 'Lists every case, or prints symptom, proof and therapy of one.',
  arguments: [{ name: '[id]', says: 'a case' }],
  options: [json],
  examples: ['kw cases', 'kw cases leaf-certificate-expired'],
  load: () => import('./commands/cases.js'),
};

export const clinic = (group: string): readonly CommandSpec[] =>
  [doctor, heal, explain, bundle, cases].map(row => ({ ...row, group }));
