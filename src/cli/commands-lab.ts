/** `kw lab` and what stands below it. */
import { type ArgumentSpec, type CommandRow, type CommandSpec, type OptionSpec, json } from './command.js';

const name: OptionSpec = { flags: '--name <lab>', says: 'which lab (default lab)' };
const host: ArgumentSpec = { name: '<host>', says: 'a host of the lab' };
const load = () => import('./commands/lab.js');

/** None of them reads a cluster file of yours. */
type LabRow = Omit<CommandRow, 'fileless'>;

const up: LabRow = {
  name: 'up',
  summary: 'start the lab; what runs already stays',
  about:
    'Makes the base image once (about two minutes), then hosts in seconds, and writes a cluster file for ' +
    'them unless there is one.',
  options: [
    name,
    { flags: '--hosts <n>', says: 'how many hosts (default 5)', count: true },
    { flags: '--subnet <cidr>', says: 'a private /24 (default 10.88.0.0/24)' },
    { flags: '-f, --file <path>', says: 'where to write the cluster file (default cluster.yaml)' },
  ],
  load: async () => ({ run: (await load()).up }),
};

const status: LabRow = {
  name: 'status',
  summary: 'which hosts run',
  about: 'Shows the hosts of a lab.',
  options: [name, json],
  exits: { 2: 'there is no lab, or a host is off' },
  load: async () => ({ run: (await load()).status }),
};

const ssh: LabRow = {
  name: 'ssh',
  passThrough: true,
  summary: 'log in to a host, or run a command there',
  about: "As root, with the lab's own key.",
  options: [name],
  arguments: [host, { name: '[command...]', says: 'what to run there' }],
  examples: ['kw lab ssh kw-1', 'kw lab ssh kw-1 systemctl status kubelet'],
  load: async () => ({ run: (await load()).ssh }),
};

const breakIt: LabRow = {
  name: 'break',
  summary: "make the lab's cluster ill on purpose; without a case: list what can be broken",
  about:
    'Runs the fault of a case with real components, and waits until the world notices. Only in a lab. kw ' +
    'doctor then names it, and kw heal cures it.',
  options: [name, { flags: '-f, --file <path>', says: "the lab's cluster file (default cluster.yaml)" }],
  arguments: [{ name: '[case]', says: 'CASE or CASE/VARIANT' }],
  examples: ['kw lab break', 'kw lab break leaf-certificate-expired', 'kw lab break host-firewall && kw doctor'],
  exits: { 13: 'the fault could not be made', 16: 'it was made, and nobody noticed' },
  load: async () => ({ run: (await import('./commands/lab-break.js')).breakCase }),
};

const heal: LabRow = {
  name: 'heal',
  summary: "cure whatever the lab's cluster is ill with",
  about: 'kw heal --yes, for the cluster of a lab, whoever built it.',
  options: [name, { flags: '-f, --file <path>', says: "the lab's cluster file (default cluster.yaml)" }],
  exits: { 2: 'something is left that only a person can cure', 16: 'not cured: the therapy was taken back' },
  load: async () => ({ run: (await import('./commands/lab-break.js')).healLab }),
};

const down: LabRow = {
  name: 'down',
  summary: 'end the lab and remove its hosts',
  about: 'The base image stays for the next time.',
  options: [name],
  load: async () => ({ run: (await load()).down }),
};

export const lab = (group: string): CommandSpec => ({
  name: 'lab',
  group,
  fileless: true,
  summary: 'real hosts on this machine, for tests and for learning',
  about:
    'Hosts with systemd and sshd of their own, each in its network namespace, on this one machine. Needs ' +
    'root on Debian. Nothing that they send leaves the machine.',
  examples: ['sudo kw lab up --hosts 3', 'kw lab ssh kw-1 journalctl -u kubelet', 'sudo kw lab down'],
  commands: [up, status, ssh, breakIt, heal, down].map(row => ({ ...row, group: '', fileless: true })),
});
