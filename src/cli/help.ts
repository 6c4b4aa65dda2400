/** What the help says beyond the list of options: purpose, examples, exit codes. */
import type { CommandSpec } from './command.js';

export const purpose =
  'Kubewizard builds a production-ready Kubernetes cluster on a list of Linux hosts, keeps it as its cluster ' +
  'file says, and cures it. ' +
  ('The hosts need nothing but systemd, ssh and sudo. Nothing changes before its plan was shown, and an ' +
    'interrupted run is simply run again.');

export const programHelp = `
Examples:
  sudo kw quickstart    five hosts on this machine, a cluster on them, proven
  kw init               a cluster file for hosts of your own
  kw plan               what would change
  kw up                 do it, and prove it
  kw status             how the cluster is
  kw docs               the manual
  kw docs cluster-file  every key of the cluster file

Exit codes:
  0         done, nothing left to do
  1         a bug of kw
  2         changes, or ill
  3         could not see enough
  10 to 17  the world failed (unreachable, refused, ...)
  64        your mistake: an option, the cluster file
  130       you interrupted it
  'kw <command> --help' has those of the command. KW_DEBUG=1 shows stacks.
`;

export const commonExits: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'a bug of kw (KW_DEBUG=1 shows the stack)',
  64: 'your mistake: an option or the cluster file',
};

export const commandHelp = (spec: CommandSpec): string => {
  const exits = Object.entries({ ...commonExits, ...spec.exits }).map(([code, says]) => `  ${code.padEnd(4)}${says}`);
  const examples = (spec.examples ?? []).map(example => `  ${example}`);
  return [
    ...(examples.length ? ['', 'Examples:', ...examples] : []),
    ...(spec.load ? ['', 'Exit codes:', ...exits] : []),
    '',
  ].join('\n');
};
